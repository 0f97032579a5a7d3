"""Where the default of a key comes from, when the preset has it: value, provenance and source."""

from __future__ import annotations

from typing import Any

from fcsim.scenario.parameters import preset_file

__all__ = ["DOCUMENTED", "PARAMETERS", "default_and_source"]

_FUNCTION = ("cpu", "memory_size", "disk_size", "timeout", "instance_concurrency")
_REGISTRY = "registry.enterprise-standard"
_POOL = ("hosts", "cpu", "memory", "disk", "nic")
_HOOKS = "functions.NAME.instance_lifecycle_config"

PARAMETERS: dict[str, str] = {
    "initial.tokens": "scaling.burst",
    "billing.book": "billing.book",
    "caches.host.capacity": "cache.host_capacity",
    "caches.zone.capacity": "cache.zone_capacity",
    **{f"caches.{tier}.lifetime": "cache.lifetime" for tier in ("host", "zone")},
    **{f"caches.{tier}.policy": "cache.policy" for tier in ("host", "zone")},
    "registries.NAME.bandwidth": f"{_REGISTRY}.bandwidth",
    "registries.NAME.connection_bandwidth": "registry.connection_bandwidth",
    "registries.NAME.request_rate": f"{_REGISTRY}.request_rate",
    "registries.NAME.latency": "registry.vpc_latency",
    "images.NAME.architecture": "limits.architecture",
    "images.NAME.uncompressed": "image.compression_ratio",
    "images.NAME.layers.NAME.uncompressed": "image.compression_ratio",
    "images.NAME.server.start": "server.start",
    **{f"functions.NAME.{key}": f"function.{key}" for key in _FUNCTION},
    f"{_HOOKS}.initializer.timeout": "limits.initializer",
    f"{_HOOKS}.pre_stop.timeout": "limits.pre_stop",
    "functions.NAME.pull": "pull.mode",
    "functions.NAME.overflow": "scaling.overflow",
    "functions.NAME.keep_alive": "idle.keep_alive",
    **{f"pools.NAME.{key}": f"pool.cpu.{key}" for key in _POOL},
    "pools.NAME.cards": "pool.gpu.cards",
    "pools.NAME.placement": "placement.policy",
}
"""By path of a key: the parameter of the preset that is its default.

Registries are those of the default edition, pools those of CPU hosts.
"""

_HEALTH = ("initial_delay_seconds", "period_seconds", "timeout_seconds",
           "failure_threshold", "success_threshold", "http_get_url")  # fmt: skip

DOCUMENTED: dict[str, str] = {
    "functions.NAME.custom_container_config.port": "platform page: the port defaults to 9000",
    **{
        f"functions.NAME.custom_container_config.health_check_config.{key}": "API (2023-03-30)"
        for key in _HEALTH
    },
    "functions.NAME.async_invoke_config.max_async_event_age_in_seconds": (
        "PutAsyncInvokeConfigInput (2026-08): default 86,400"
    ),
    "functions.NAME.async_invoke_config.max_async_retry_attempts": ("retry policy page: 3 retries"),
    "functions.NAME.role.policies": "custom container page of FC 2.0: policy for pulling",
}
"""By path of a key: the source of a default that stands in the model itself."""


def default_and_source(path: str, own: str, preset: str = "page") -> tuple[str, str]:
    """Return the default of the key at *path* and where it comes from, as people write them.

    *own* is the default that the model has; nothing says where nothing comes from.
    """
    path = path.replace("deployments.0.", "functions.NAME.")
    if path in PARAMETERS:
        return _of_preset(PARAMETERS[path], preset)
    if path in DOCUMENTED:
        return own, f"documented: {DOCUMENTED[path]}"
    return own, "fcsim" if own.strip("*") == own != "" else ""


def _of_preset(name: str, preset: str) -> tuple[str, str]:
    entry: dict[str, Any] = preset_file(preset)["values"][name]
    times = "compressed × " if entry["unit"] == "factor" else ""
    if "assumption" in entry:
        return f"{times}`{entry['assumption']['default']}`", f"assumed: `{name}`"
    value = f"`{entry['value']}`" if "value" in entry else "by region"
    return value, f"documented: {entry['source']}"
