"""Reads ``terraform show -json`` of a state or a plan: the ``alicloud_fcv3_…`` resources.

The form is Terraform's documented one: modules with ``resources`` and ``child_modules`` under
``values`` (state) or ``planned_values`` (plan). A plan lists under ``after_unknown`` of its
``resource_changes`` what is known only after ``apply``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.importers.keys import KEYS
from fcsim.importers.settings import Notes, Resource, Unresolved, written
from fcsim.scenario.yaml12 import MAX_DEPTH

__all__ = ["is_terraform", "parse_json", "read_terraform"]

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


def parse_json(source: bytes, file: str) -> Any:
    """Parse JSON; ScenarioError, located, for what is none, for equal keys, too deep nesting."""
    try:
        data = json.loads(source, object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ScenarioError(
            [Problem(f"is not JSON: {error.msg}", "", file, error.lineno, error.colno)]
        ) from None
    except RecursionError:
        raise ScenarioError([Problem(_TOO_DEEP, "", file)]) from None
    except UnicodeError:
        raise ScenarioError([Problem("is not JSON: its text is not UTF-8", "", file)]) from None
    except ValueError as error:
        raise ScenarioError([Problem(f"is not JSON: {error}", "", file)]) from None
    if _depth(data) > MAX_DEPTH:
        raise ScenarioError([Problem(_TOO_DEEP, "", file)])
    return data


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is given twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _depth(data: Any) -> int:
    depth, level = 0, [data]
    while level:
        depth += 1
        inside = [item for item in level if isinstance(item, dict | list)]
        level = [x for item in inside for x in (item.values() if isinstance(item, dict) else item)]
    return depth


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
            notes.remark("not modelled", _address(one), f"a {one.get('type')}")
    return _joined(functions, beside, unknown, notes)


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


def _joined(
    functions: list[dict[str, Any]],
    beside: list[dict[str, Any]],
    unknown: dict[str, Any],
    notes: Notes,
) -> list[Resource]:
    made = [_resource(one, unknown) for one in functions]
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
    return made


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
