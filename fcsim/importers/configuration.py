"""From the functions of a platform's file to a runnable scenario."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fcsim.errors import Problem, ScenarioError, UsageError, nearest
from fcsim.importers.deployment_images import Images
from fcsim.importers.functions import Deployed, deployed
from fcsim.importers.image_address import ImageAddress
from fcsim.importers.image_files import image_keys
from fcsim.importers.imported import Imported
from fcsim.importers.keys import NAME
from fcsim.importers.settings import Notes, Resource, Settings
from fcsim.importers.tracked_use import tracked_use
from fcsim.importers.wishes import Wishes
from fcsim.scenario.loader import load
from fcsim.scenario.platform import Platform
from fcsim.units import parse

__all__ = ["ASSUMED_RATE", "ASSUMED_SERVICE", "PRESETS", "scenario_of"]

ASSUMED_RATE = "1/s"
"""Arrivals of each function, when nothing is known."""
ASSUMED_SERVICE = {"cpu": 0.1, "gpu": 2.0}
"""Mean of an exponential service time in seconds, when nothing is known; but at most a tenth of
the time-out."""
PRESETS = ("page", "fc-2026-04", "fc-2025-12", "fc-2024-08")
"""Presets that are tried in this order: the first that accepts the file is taken."""


def scenario_of(name: str, resources: Iterable[Resource], notes: Notes, wishes: Wishes) -> Imported:
    """Return the scenario of the container functions among *resources*.

    Raises ScenarioError, with places in the file, for what the platform does not accept and for
    a file without a container function; UsageError for a wish that fits nothing.
    """
    found = _functions(resources, notes, wishes)
    if notes.problems:
        raise ScenarioError(notes.problems)
    if not found:
        raise ScenarioError([_nothing(notes)])
    images = Images(wishes.images, image_keys, notes)
    document = _document(name, found, images, notes, wishes)
    names = dict.fromkeys([*(one.name for one in found), *(one.resource.name for one in found)])
    wishes.rates.check(names)
    wishes.services.check(names)
    wishes.images.check(images.known)
    _accept(document, notes, wishes)
    return Imported(document, notes.remarks)


def _document(
    name: str, found: list[Deployed], images: Images, notes: Notes, wishes: Wishes
) -> dict[str, Any]:
    functions = {one.name: {"image": images.add(one), **one.function} for one in found}
    workload = {one.name: _workload(one, notes, wishes) for one in found}
    for one in found:
        service = {"time": _service(one, notes, wishes)}
        functions[one.name]["service"] = service | tracked_use(one.function, one.name, notes)
    document = {
        "fcsim": 1,
        "name": name,
        "horizon": "1 h",
        "platform": {
            "preset": wishes.preset or PRESETS[0],
            "region": _region(found, notes, wishes),
        },
        "registries": images.registries,
        "images": images.images,
        "functions": functions,
        "workload": workload,
    }
    if wishes.assumptions:
        document["assumptions"] = dict(wishes.assumptions)
        notes.origins["assumptions"] = "--assume"
    return document


def _functions(resources: Iterable[Resource], notes: Notes, wishes: Wishes) -> list[Deployed]:
    found: dict[str, Deployed] = {}
    for resource in _wanted(list(resources), wishes.functions):
        one = deployed(resource, found, notes, wishes.initializer)
        if one is not None:
            found[one.name] = one
    return list(found.values())


def _wanted(resources: list[Resource], names: tuple[str, ...]) -> list[Resource]:
    """Return the resources that *names* choose, by name of resource or function; all without."""
    known = {one.name: one for one in resources}
    known |= {str(Settings(one, Notes("")).found(NAME)[0]): one for one in resources}
    for name in names:
        if name not in known:
            raise UsageError(f"--function {name}: no such function{nearest(name, known)}")
    chosen = [known[name] for name in names]
    return [one for one in resources if not names or any(one is other for other in chosen)]


def _nothing(notes: Notes) -> Problem:
    seen = [one for one in notes.remarks if one.text.startswith(("runtime ", "component "))]
    why = f" ({seen[0].where}: {seen[0].text[:200]})" if seen else ""
    return Problem(f"no container-image function was found{why}", "", notes.file)


def _region(found: list[Deployed], notes: Notes, wishes: Wishes) -> str:
    """Return the region of the file, of its images' addresses, or the default."""
    if wishes.region is not None:
        notes.origins["platform.region"] = "--region"
        return wishes.region
    regions = {one.region: one.name for one in found if one.region is not None}
    if len(regions) > 1:
        listed = ", ".join(f"{name} in {region}" for region, name in regions.items())
        raise UsageError(
            f"{notes.file}: functions are in several regions ({listed}); {_ONE_BY_ONE}"
        )
    addresses = [ImageAddress.of(one.image).region for one in found]
    told = [*regions, *filter(None, addresses)]
    region = told[0] if told else Platform().region
    if not regions:
        how = "the region of its image" if told else "not told"
        notes.remark("assumed", "platform.region", f"{region}, {how}; --region gives another")
    return region


_ONE_BY_ONE = "a scenario has one; choose functions with --function NAME, or give --region"


# ── traffic and service times ─────────────────────────────────────────────────────────────────


def _workload(one: Deployed, notes: Notes, wishes: Wishes) -> dict[str, Any]:
    given = wishes.rates.pick(one.name, one.resource.name)
    path = f"workload.{one.name}"
    if given is None:
        text = f"Poisson arrivals of {ASSUMED_RATE}; --rate {one.name}=RATE gives another rate"
        notes.remark("assumed", f"{path}.arrivals", text)
    notes.origins[path] = f"--rate {one.name}"
    return {"function": one.name, "arrivals": {"poisson": given or ASSUMED_RATE}}


def _service(one: Deployed, notes: Notes, wishes: Wishes) -> Any:
    given = wishes.services.pick(one.name, one.resource.name)
    path = f"functions.{one.name}.service"
    notes.origins[path] = f"--service {one.name}"
    if given is not None:
        return given
    mean = _assumed_service(one.function)
    text = f"exponential, {mean} on average; --service {one.name}=TIME gives another"
    notes.remark("assumed", f"{path}.time", text)
    return {"exponential": mean}


def _assumed_service(function: dict[str, Any]) -> str:
    mean = ASSUMED_SERVICE["gpu" if "gpu_config" in function else "cpu"]
    limit = parse(function.get("timeout", 0), "duration")
    if limit > 0:
        mean = min(mean, limit / 10)
    return f"{mean:.6g} s" if mean >= 1 else f"{mean * 1000:.6g} ms"


# ── the platform's limits ─────────────────────────────────────────────────────────────────────


def _accept(document: dict[str, Any], notes: Notes, wishes: Wishes) -> None:
    """Choose the first preset that accepts *document*; ScenarioError, translated, if none does."""
    refused: dict[str, ScenarioError] = {}
    for preset in (wishes.preset,) if wishes.preset else PRESETS:
        document["platform"]["preset"] = preset
        try:
            load(document)
        except ScenarioError as error:
            refused[preset] = error
        else:
            _tell_preset(preset, refused, notes)
            return
    least = min(refused.values(), key=lambda error: len(error.problems))
    raise ScenarioError([notes.translated(problem) for problem in least.problems])


def _tell_preset(preset: str, refused: dict[str, ScenarioError], notes: Notes) -> None:
    if not refused:
        return
    problems = refused[PRESETS[0]].problems
    told = "; ".join(f"{one.path}: {one.message}" for one in map(notes.translated, problems))
    text = f"{preset}, because the default {PRESETS[0]} refuses {told}"
    notes.remark("assumed", "platform.preset", text)
