"""Reads ``terraform show -json`` of a state or a plan: the ``alicloud_fcv3_…`` resources.

The form is Terraform's documented one: modules with ``resources`` and ``child_modules`` under
``values`` (state) or ``planned_values`` (plan). A plan lists under ``after_unknown`` of its
``resource_changes`` what is known only after ``apply``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fcsim.importers.keys import KEYS
from fcsim.importers.settings import Notes, Resource, Unresolved, written

__all__ = ["is_terraform", "read_terraform"]

_FUNCTION = "alicloud_fcv3_function"
_JOINED = (
    "alicloud_fcv3_provision_config",
    "alicloud_fcv3_concurrency_config",
    "alicloud_fcv3_async_invoke_config",
)
"""Resources that belong to a function, by its name."""
_STATE = (
    "id",
    "function_id",
    "function_arn",
    "code_size",
    "create_time",
    "last_modified_time",
    "last_update_status",
    "last_update_status_reason",
    "last_update_status_reason_code",
    "state",
    "state_reason",
    "state_reason_code",
    "custom_container_config.acceleration_info",
    "custom_container_config.resolved_image_uri",
    *(f"{kind}.{key}" for kind in _JOINED for key in ("id", "function_name", "create_time")),
    *(f"{kind}.last_modified_time" for kind in _JOINED),
    *(f"{_JOINED[0]}.{key}" for key in ("current", "current_error", "function_arn")),
)
"""Attributes that Terraform reports and nobody configures."""
_AFTER_APPLY = "(known after apply)"


def is_terraform(data: Any) -> bool:
    """Tell whether parsed JSON is Terraform's."""
    return isinstance(data, dict) and "terraform_version" in data and "format_version" in data


# ── resources ─────────────────────────────────────────────────────────────────────────────────


def read_terraform(data: dict[str, Any], notes: Notes) -> list[Resource]:
    """Return the functions of a state or plan, with the configurations that belong to them.

    Every other resource is remarked in *notes*.
    """
    unknown = _unknown_values(data)
    root = data.get("values", data.get("planned_values"))
    module = root.get("root_module") if isinstance(root, dict) else None
    found = [one for one in _resources(module) if one.get("mode", "managed") == "managed"]
    functions = [one for one in found if one.get("type") == _FUNCTION]
    beside = [one for one in found if one.get("type") in _JOINED]
    for one in found:
        if one.get("type") not in (_FUNCTION, *_JOINED):
            notes.remark("not modelled", _address(one), f"a resource of type {one.get('type')}")
    made = [_resource(one, unknown) for one in functions]
    _join(made, beside, notes)
    _set_region(made, data)
    return made


def _resources(module: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(module, dict):
        return
    for key in ("resources", "child_modules"):
        for entry in _dicts(module.get(key)):
            if key == "child_modules":
                yield from _resources(entry)
            else:
                yield entry


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _address(entry: dict[str, Any]) -> str:
    return str(entry.get("address", f"{entry.get('type')}.{entry.get('name')}"))


def _values(entry: dict[str, Any]) -> dict[str, Any]:
    values = entry.get("values")
    return values if isinstance(values, dict) else {}


def _unknown_values(data: dict[str, Any]) -> dict[str, Any]:
    """Return by address what a plan knows only after apply."""
    changes = _dicts(data.get("resource_changes"))
    known = {_address(one): one.get("change") for one in changes}
    return {
        address: change.get("after_unknown")
        for address, change in known.items()
        if isinstance(change, dict)
    }


def _join(made: list[Resource], beside: list[dict[str, Any]], notes: Notes) -> None:
    """Give each function the configurations that name it."""
    for entry in beside:
        kind, name = entry["type"], _values(entry).get("function_name")
        owners = [one for one in made if name is not None and _owns(one, name)]
        free = [one for one in owners if kind not in one.data]
        if not free:
            why = "for no function here" if not owners else "a second one for its function"
            text = f"{why}: {written(kind, _values(entry))}"
            notes.remark("not modelled", _address(entry), text)
            continue
        free[0].data[kind] = _values(entry)
        free[0].parts[kind] = _address(entry)


def _set_region(made: list[Resource], data: dict[str, Any]) -> None:
    """Give each function the region of its ARN or, in a plan, that of the provider."""
    configured = _provider_region(data)
    for one in made:
        arn = str(one.data.get("function_arn") or "").split(":")
        region = arn[2] if len(arn) > 2 and arn[2] else configured
        if region is not None:
            one.data["provider"] = {"region": region}
            one.parts["provider"] = "provider.alicloud"


def _provider_region(data: dict[str, Any]) -> Any:
    where = ("configuration", "provider_config", "alicloud", "expressions", "region")
    region = _at(data, *where)
    if not isinstance(region, dict):
        return None
    references = region.get("references")
    name = str(references[0]) if isinstance(references, list) and references else ""
    return region.get("constant_value", _at(data, "variables", name[len("var.") :], "value"))


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _owns(resource: Resource, name: Any) -> bool:
    return bool(resource.data.get("function_name") == name)


def _resource(entry: dict[str, Any], unknown: dict[str, Any]) -> Resource:
    address = _address(entry)
    data = dict(_values(entry))
    for key in KEYS:
        for path in key.terraform:
            if _is_unknown(unknown.get(address), path):
                _mark(data, path)
    return Resource(str(entry.get("name", address)), "terraform", data, address, quiet=_STATE)


def _is_unknown(flags: Any, path: str) -> bool:
    for part in path.split("."):
        if isinstance(flags, list) and len(flags) == 1:
            flags = flags[0]
        if flags is True:
            return True
        flags = flags.get(part) if isinstance(flags, dict) else None
    return flags is True


def _mark(data: dict[str, Any], path: str) -> None:
    """Put a value that is not known yet at *path*, where the plan has none."""
    first, _, rest = path.partition(".")
    if not rest:
        if data.get(first) is None:
            data[first] = Unresolved(_AFTER_APPLY)
        return
    block = data.get(first)
    if not block:
        block = data[first] = [{}]
    if isinstance(block, list) and len(block) == 1 and isinstance(block[0], dict):
        block[0] = dict(block[0])
        _mark(block[0], rest)
