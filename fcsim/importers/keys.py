"""Which key of a platform's file becomes which key of a scenario.

Dialects: ``fc3`` is Serverless Devs edition 3.0.0, ``fc`` edition 1.0.0 (FC 2.0), ``terraform``
the provider's ``alicloud_fcv3_…`` resources (platform facts, section 8). Paths begin below
``props`` or at the resource; where several are given, the first that has a value wins and the
others are listed as not modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fcsim.importers import readers

__all__ = [
    "COPIED",
    "CPU",
    "GPU_MEMORY",
    "GPU_TYPE",
    "IMAGE",
    "INITIALIZER",
    "KEYS",
    "MEMORY",
    "MOUNTS",
    "NAME",
    "PRE_STOP",
    "REGION",
    "ROLE",
    "RUNTIME",
    "SCHEDULED",
    "SERVED",
    "TRACKING",
    "Dialect",
    "Key",
]

Dialect = Literal["fc3", "fc", "terraform"]


@dataclass(frozen=True)
class Key:
    """A key of the scenario, and where each dialect has it."""

    target: str
    """Path in the scenario, below ``functions.NAME`` unless it says something else."""
    read: Callable[[Any], Any]
    fc3: tuple[str, ...] = ()
    fc: tuple[str, ...] = ()
    terraform: tuple[str, ...] = ()

    def paths(self, dialect: Dialect) -> tuple[str, ...]:
        """Return the paths of this key in *dialect*."""
        return {"fc3": self.fc3, "fc": self.fc, "terraform": self.terraform}[dialect]


def _alike(target: str, read: Callable[[Any], Any], camel: str) -> Key:
    """Return a key with one name in all dialects, in ``function`` in FC 2.0."""
    return Key(target, read, (camel,), (f"function.{camel}",), (target,))


HEALTH = {
    "initial_delay_seconds": "initialDelaySeconds",
    "period_seconds": "periodSeconds",
    "timeout_seconds": "timeoutSeconds",
    "failure_threshold": "failureThreshold",
    "success_threshold": "successThreshold",
    "http_get_url": "httpGetUrl",
}
"""Keys of a health check, and what they are called in files."""


def _health(key: str) -> Key:
    block, camel = "custom_container_config.health_check_config", HEALTH[key]
    return Key(
        f"{block}.{key}",
        readers.text if key == "http_get_url" else readers.count,
        (f"customContainerConfig.healthCheckConfig.{camel}",),
        (f"function.customHealthCheckConfig.{camel}",),
        (f"{block}.{key}",),
    )


NAME = Key(
    "functions.NAME", readers.text, ("functionName",), ("function.name",), ("function_name",)
)
RUNTIME = Key("", readers.text, ("runtime",), ("function.runtime",), ("runtime",))
MOUNTS = Key(
    "mount_time",
    readers.text,
    ("nasConfig", "ossMountConfig"),
    ("service.nasConfig", "service.ossMountConfig"),
    ("nas_config", "oss_mount_config"),
)
"""Not mapped: how long a mount takes is in no file."""
REGION = Key("platform.region", readers.text, ("region",), ("region",), ("provider.region",))
IMAGE = Key(
    "image",
    readers.text,
    ("customContainerConfig.image",),
    ("function.customContainerConfig.image",),
    ("custom_container_config.image",),
)
SERVED = Key(
    "images.NAME.interactive", readers.flag, fc=("function.customContainerConfig.webServerMode",)
)
ROLE = Key("role", readers.text, ("role",), ("service.role",), ("role",))
GPU_TYPE = Key(
    "gpu_config.gpu_type",
    readers.text,
    ("gpuConfig.gpuType",),
    ("function.instanceType",),
    ("gpu_config.gpu_type",),
)

_HOOKS = "instanceLifecycleConfig"
_HOOK_BLOCKS = "instance_lifecycle_config"
INITIALIZER = Key(
    f"{_HOOK_BLOCKS}.initializer",
    readers.text,
    (f"{_HOOKS}.initializer.handler", f"{_HOOKS}.initializer.command"),
    ("function.initializer",),
    (f"{_HOOK_BLOCKS}.initializer.handler",),
)
PRE_STOP = Key(
    f"{_HOOK_BLOCKS}.pre_stop",
    readers.text,
    (f"{_HOOKS}.preStop.handler", f"{_HOOKS}.preStop.command"),
    (f"function.{_HOOKS}.preStop.handler",),
    (f"{_HOOK_BLOCKS}.pre_stop.handler",),
)

CPU = _alike("cpu", readers.number, "cpu")
MEMORY = _alike("memory_size", readers.megabytes, "memorySize")
GPU_MEMORY = Key(
    "gpu_config.gpu_memory_size",
    readers.megabytes,
    ("gpuConfig.gpuMemorySize",),
    ("function.gpuMemorySize",),
    ("gpu_config.gpu_memory_size",),
)

SCHEDULED = "scaling_config.scheduled_policies"
TRACKING = "scaling_config.horizontal_scaling_policies"


def _async(target: str, read: Callable[[Any], Any], camel: str, fc: str = "") -> Key:
    """Return a key of asynchronous invocation; *fc* is its path in FC 2.0 if it has another."""
    return Key(
        f"async_invoke_config.{target}",
        read,
        (f"asyncInvokeConfig.{camel}",),
        (f"function.asyncConfiguration.{fc or camel}",),
        (f"alicloud_fcv3_async_invoke_config.{target}",),
    )


def _destination(target: str, camel: str) -> Key:
    path = f"destination_config.{target}.destination"
    end = f"destinationConfig.{camel}.destination"
    return _async(path, readers.text, end, f"destination.{camel}")


COPIED = (
    CPU,
    MEMORY,
    _alike("disk_size", readers.megabytes, "diskSize"),
    _alike("timeout", readers.seconds, "timeout"),
    _alike("instance_concurrency", readers.count, "instanceConcurrency"),
    GPU_MEMORY,
    Key(
        "custom_container_config.port",
        readers.count,
        ("customContainerConfig.port",),
        ("function.caPort",),
        ("custom_container_config.port",),
    ),
    Key(
        "custom_container_config.entrypoint",
        readers.texts,
        ("customContainerConfig.entrypoint",),
        ("function.customContainerConfig.command", "function.customContainerConfig.Command"),
        ("custom_container_config.entrypoint",),
    ),
    Key(
        "custom_container_config.command",
        readers.texts,
        ("customContainerConfig.command",),
        ("function.customContainerConfig.args",),
        ("custom_container_config.command",),
    ),
    Key("pull", readers.pull, fc=("function.customContainerConfig.accelerationType",)),
    Key(
        f"{INITIALIZER.target}.timeout",
        readers.seconds,
        (f"{_HOOKS}.initializer.timeout",),
        ("function.initializationTimeout",),
        (f"{_HOOK_BLOCKS}.initializer.timeout",),
    ),
    Key(
        f"{PRE_STOP.target}.timeout",
        readers.seconds,
        (f"{_HOOKS}.preStop.timeout",),
        (f"function.{_HOOKS}.preStop.timeout",),
        (f"{_HOOK_BLOCKS}.pre_stop.timeout",),
    ),
    Key(
        "scaling_config.min_instances",
        readers.count,
        ("scalingConfig.minInstances", "provisionConfig.target", "provisionConfig.defaultTarget"),
        (),
        ("alicloud_fcv3_provision_config.target",),
    ),
    Key(
        SCHEDULED,
        readers.scheduled,
        ("scalingConfig.scheduledPolicies", "provisionConfig.scheduledActions"),
        (),
        ("alicloud_fcv3_provision_config.scheduled_actions",),
    ),
    Key(
        TRACKING,
        readers.tracking,
        ("scalingConfig.horizontalScalingPolicies", "provisionConfig.targetTrackingPolicies"),
        (),
        ("alicloud_fcv3_provision_config.target_tracking_policies",),
    ),
    Key(
        "scaling_config.always_allocate_cpu",
        readers.flag,
        ("provisionConfig.alwaysAllocateCPU",),
        (),
        ("alicloud_fcv3_provision_config.always_allocate_cpu",),
    ),
    Key(
        "scaling_config.always_allocate_gpu",
        readers.flag,
        ("provisionConfig.alwaysAllocateGPU",),
        (),
        ("alicloud_fcv3_provision_config.always_allocate_gpu",),
    ),
    *(_health(key) for key in HEALTH),
    Key(
        "concurrency_config.reserved_concurrency",
        readers.count,
        ("concurrencyConfig.reservedConcurrency",),
        (),
        ("alicloud_fcv3_concurrency_config.reserved_concurrency",),
    ),
    _async("max_async_event_age_in_seconds", readers.seconds, "maxAsyncEventAgeInSeconds"),
    _async("max_async_retry_attempts", readers.count, "maxAsyncRetryAttempts"),
    _destination("on_success", "onSuccess"),
    _destination("on_failure", "onFailure"),
)
"""Keys whose value goes over as it is, with its unit."""

KEYS = (NAME, REGION, IMAGE, SERVED, ROLE, GPU_TYPE, *COPIED, INITIALIZER, PRE_STOP)
"""Every key that is mapped."""
