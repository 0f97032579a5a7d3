"""One resource of a platform's file to one function of a scenario."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fcsim.importers.image_address import as_name
from fcsim.importers.instance_size import assumed_size, set_gpu
from fcsim.importers.keys import (
    COPIED,
    IMAGE,
    INITIALIZER,
    MOUNTS,
    NAME,
    PRE_STOP,
    REGION,
    ROLE,
    RUNTIME,
    SERVED,
    Key,
)
from fcsim.importers.settings import Notes, Resource, Settings, Unresolved
from fcsim.scenario.platform import Role
from fcsim.units import parse

__all__ = ["HOOK_TIME", "Deployed", "deployed"]

HOOK_TIME = "1 s"
"""Assumed time of an initializer or pre-stop hook; no file tells it."""


@dataclass(frozen=True)
class Deployed:
    """A function of the platform, in the scenario's words."""

    name: str
    resource: Resource
    function: dict[str, Any]
    """Keys of the scenario, without image and service."""
    image: str
    """Address of the image; "" when it is not known."""
    image_where: str
    interactive: bool
    region: str | None


def deployed(
    resource: Resource, taken: Collection[str], notes: Notes, initializer: str | None = None
) -> Deployed | None:
    """Return the function of *resource*; None with a remark when it has no container image.

    *taken* are names of other functions. *initializer* is how long initializers take.
    """
    settings = Settings(resource, notes)
    if not _is_container(settings):
        return None
    name = _name(settings, taken)
    path = f"functions.{name}"
    notes.origins[path] = resource.where
    function = _function(settings, path, initializer)
    image, where = _image(settings)
    interactive = settings.take(SERVED) is not False
    region = settings.take(REGION, "platform.region")
    settings.close()
    return Deployed(name, resource, function, image, where, interactive, region)


def _function(settings: Settings, path: str, initializer: str | None) -> dict[str, Any]:
    """Return the keys of the function at *path* of the scenario."""
    function: dict[str, Any] = {}
    for key in COPIED:
        _put(function, key.target, settings.take(key, f"{path}.{key.target}"))
    set_gpu(function, settings, path)
    _set_hook(function, settings, INITIALIZER, initializer)
    _set_hook(function, settings, PRE_STOP, None)
    if initializer is not None:
        settings.notes.origins[f"{path}.{INITIALIZER.target}.time"] = "--initializer"
    _tell_role(settings, path)
    _tell_mounts(settings, path)
    return {**assumed_size(function, settings, path), **function}


def _put(function: dict[str, Any], target: str, value: Any) -> None:
    if value is None:
        return
    *blocks, last = target.split(".")
    for block in blocks:
        function = function.setdefault(block, {})
    function[last] = value


def _is_container(settings: Settings) -> bool:
    runtime, image = settings.found(RUNTIME)[0], settings.found(IMAGE)[0]
    if runtime == "custom-container" or (
        image is not None and (runtime is None or isinstance(runtime, Unresolved))
    ):
        return True
    text = f"runtime {runtime}: only container images (custom-container) are simulated"
    settings.notes.remark("not modelled", settings.resource.where, text)
    return False


def _name(settings: Settings, taken: Collection[str]) -> str:
    given = settings.take(NAME) or ""
    wanted = as_name(given) or as_name(settings.resource.name) or "function"
    choices = [wanted, as_name(settings.resource.name), *(f"{wanted}-{i}" for i in range(2, 9999))]
    name = next(one for one in choices if one and one not in taken)
    if given and given != name:
        where = settings.resource.where
        settings.notes.remark("note", where, f"function {given!r} is called {name!r} here")
    return name


def _image(settings: Settings) -> tuple[str, str]:
    value, path = settings.found(IMAGE)
    if value is None:
        where = IMAGE.paths(settings.resource.dialect)[0]
        settings.notes.problem(settings.resource.at(where), "a container function needs an image")
        return "", settings.resource.where
    if isinstance(value, Unresolved):
        return (str(value) if value.names else ""), settings.resource.at(path)
    return settings.take(IMAGE) or "", settings.resource.at(path)


# ── hooks ─────────────────────────────────────────────────────────────────────────────────────


def _set_hook(function: dict[str, Any], settings: Settings, key: Key, given: str | None) -> None:
    block, hook = key.target.split(".")
    found = settings.found(key)[0]
    hooks = function.get(block, {})
    limit = hooks.pop(hook, {})
    if found is not None or (limit and settings.resource.dialect == "fc3"):
        time = given or _within(HOOK_TIME, limit.get("timeout"))
        function[block] = {**hooks, hook: {"time": time, **limit}}
        if given is None:
            _tell_hook(hook, time, settings)
    elif limit and limit["timeout"] != "0 s":
        text = f"{hook}: a time-out of {limit['timeout']} without a hook changes nothing"
        settings.notes.remark("not modelled", settings.resource.where, text)
    if not function.get(block, True):
        del function[block]


def _within(time: str, limit: str | None) -> str:
    """Return the assumed *time*, or *limit* when that is shorter: an assumption must not fail."""
    if limit is None or parse(limit, "duration") >= parse(time, "duration"):
        return time
    return limit


def _tell_hook(hook: str, time: str, settings: Settings) -> None:
    how = "; --initializer TIME gives another" if hook == "initializer" else ""
    settings.notes.remark("assumed", settings.resource.where, f"{hook} takes {time}{how}")


# ── the rest ──────────────────────────────────────────────────────────────────────────────────


def _tell_role(settings: Settings, path: str) -> None:
    role = settings.found(ROLE)[0]
    who = "the service's default role" if role is None else f"role {role}"
    text = f"{who} has {Role().policies[0]}, without which no image can be pulled"
    settings.notes.remark("assumed", f"{path}.role", text)


def _tell_mounts(settings: Settings, path: str) -> None:
    if any(settings.peek(one) for one in MOUNTS.paths(settings.resource.dialect)):
        text = "mounts of NAS and OSS add no time to a start; set this key to the time they take"
        settings.notes.remark("assumed", f"{path}.{MOUNTS.target}", text)
