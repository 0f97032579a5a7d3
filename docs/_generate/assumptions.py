"""The page of assumptions: every value that no document settles, with its range."""

from __future__ import annotations

from itertools import groupby

from _generate.markdown import cell, code, page, table, tied
from fcsim.report.values import write
from fcsim.scenario.parameters import Parameter, describe_preset

__all__ = ["assumptions_page"]

_HEAD = """\
# Assumptions

What the platform does not document, fcsim assumes, and says so: {number} values of the preset
`page` have no source that settles them. Each has a default and either a low and a high end, or
other choices. A result lists those that its run has read.

- *How far do they move my answer?* `fcsim run shop.yaml --band`
  ([how sure is the answer](../studies.md#assumptions)).
- *Which of them should I measure?* `fcsim sensitivity`, and then
  [model your own service](../your-own-service.md).
- *I know better.* Write the value into the scenario, with its source:
  `assumptions: {{host.unpack_rate: {{value: 180 MB/s, source: measured, date: 2026-11-20}}}}`.

The ends of a range are what cannot be excluded, not an interval of probability."""

_TITLES = {
    "accelerated": "Accelerated loading",
    "async": "Asynchronous invocation",
    "billing": "Billing",
    "cache": "Caches",
    "credential": "Credentials",
    "deploy": "Deployments",
    "disk": "Disk",
    "dispatch": "Dispatch",
    "host": "Unpacking on a host",
    "idle": "Idle instances",
    "image": "Images",
    "initializer": "Initializers",
    "minimum": "Minimum instances",
    "model": "Models",
    "placement": "Placement",
    "pool": "Hosts",
    "pull": "Pulls",
    "registry": "Registries",
    "scaling": "Scaling",
    "server": "Servers",
    "start": "Start of an instance",
}


def assumptions_page(preset: str = "page") -> str:
    """Return the page for *preset*, its groups in the preset's order."""
    assumed = [p for p in describe_preset(preset) if p.provenance == "assumed"]
    groups = {}
    for group, members in groupby(assumed, key=_group):
        groups.setdefault(group, []).extend(members)
    parts = [part for group, members in groups.items() for part in _section(group, members)]
    return page(_HEAD.format(number=len(assumed)), *parts)


def _group(parameter: Parameter) -> str:
    return parameter.name.split(".")[0]


def _section(group: str, members: list[Parameter]) -> tuple[str, str]:
    heads = ("assumption", "low", "default", "high", "meaning and what is known")
    return f"## {_TITLES[group]}", table(heads, map(_row, members))


def _row(parameter: Parameter) -> tuple[str, ...]:
    name = code(parameter.name)
    if parameter.choices:
        others = [choice for choice in parameter.choices if choice != parameter.value]
        either = f"Others: {', '.join(map(code, others))}."
        return name, "–", code(parameter.value), "–", _sentence(parameter.note, either)
    known = (parameter.low, parameter.value, parameter.high)
    written = [write(value, parameter.unit, beside=known) for value in known]
    return name, *map(tied, written), _sentence(parameter.note)


def _sentence(*parts: str) -> str:
    told = [part if part.endswith(".") else f"{part}." for part in parts if part]
    return cell(" ".join(map(_capital, told)))


def _capital(text: str) -> str:
    """Begin with a capital, unless the first word is a symbol."""
    return text if text.startswith("k ") else text[0].upper() + text[1:]
