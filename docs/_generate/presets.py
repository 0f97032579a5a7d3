"""The page of presets: every value of the platform with its source."""

from __future__ import annotations

from _generate.markdown import code, page, table, tied
from fcsim.report.parameters import remark
from fcsim.report.values import bounds, written
from fcsim.scenario.parameters import (
    Parameter,
    Parameters,
    preset_file,
    preset_names,
    region_names,
)

__all__ = ["presets_page"]

_DEFAULT = "page"
_REGION = "cn-hangzhou"
_ELSEWHERE = "another region"

_HEAD = f"""\
# Presets

A preset is a dated set of the platform's values. `platform.preset` chooses one; any single value
can be replaced under `assumptions` in the scenario. On the command line `fcsim presets NAME`
shows the same.

*documented* values quote their source; *assumed* ones have a range and a page of their own,
[assumptions](assumptions.md). Values here are those of `{_REGION}`."""


def presets_page() -> str:
    """Return the page: what presets there are, all of the default one, what others change."""
    names = sorted(preset_names(), key=lambda name: (name != _DEFAULT, name))
    listed = [(code(name), _date(name), preset_file(name)["description"]) for name in names]
    others = [part for name in names[1:] for part in _other(name)]
    values = Parameters.resolve(_DEFAULT, _REGION)
    return page(
        _HEAD,
        table(("preset", "as of", "what it is"), listed),
        f"## `{_DEFAULT}`",
        _values(values.values()),
        *_regions(),
        *others,
    )


def _date(name: str) -> str:
    return str(preset_file(name)["date"])


def _values(parameters) -> str:
    return table(
        ("value", "default", "range", "how known", "meaning and source"), map(_row, parameters)
    )


def _row(parameter: Parameter) -> tuple[str, ...]:
    return (
        code(parameter.name),
        tied(written(parameter)),
        bounds(parameter) or ", ".join(map(code, _alternatives(parameter))),
        parameter.provenance,
        remark(parameter),
    )


def _alternatives(parameter: Parameter) -> list[str]:
    assumed = parameter.provenance == "assumed"
    return [choice for choice in parameter.choices if choice != parameter.value] if assumed else []


def _regions() -> tuple[str, str, str]:
    """Return the values of the default preset that hang on the region."""
    regions = [*region_names(_DEFAULT), _ELSEWHERE]
    resolved = {region: Parameters.resolve(_DEFAULT, region) for region in regions}
    varying = [
        name
        for name in resolved[_ELSEWHERE]
        if len({str(values[name].value) for values in resolved.values()}) > 1
    ]
    rows = [
        (_place(region), *(tied(written(values[name])) for name in varying))
        for region, values in resolved.items()
    ]
    title, text = "## By region", "These values of `page` hang on the region."
    return title, text, table(("region", *map(code, varying)), rows)


def _place(region: str) -> str:
    return region if region == _ELSEWHERE else code(region)


def _other(name: str) -> tuple[str, str, str]:
    content = preset_file(name)
    values = Parameters.resolve(name, _REGION)
    text = f"{content['description']} Like `{content['extends']}`, but for these values:"
    return f"## `{name}`", text, _values(values[key] for key in content["values"])
