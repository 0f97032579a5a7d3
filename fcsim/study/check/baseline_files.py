"""Files of baselines, ``baselines/shop.json`` beside ``shop.yaml``: stable text, a KPI a line.

A figure that was the same in all runs stands alone; others have mean, interval and all runs. So
version control shows what moved, and by how much.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.results.vocabulary import BY_NAME
from fcsim.study.check.baseline import Baseline, rounded
from fcsim.study.check.provenance import Provenance
from fcsim.study.estimates import mean_of, own_name, within_reach

__all__ = ["FORMAT", "path_of", "read", "write"]

FORMAT = 1
"""Version of the layout of baselines."""
_FOLDER = "baselines"


def path_of(scenario: Path, variant: str | None, folder: Path | None = None) -> Path:
    """Return where the baseline of *scenario* is kept, *folder* or beside the scenario.

    ``shop@slim.json`` is that of the variant ``slim``.
    """
    name = scenario.stem if variant is None else f"{scenario.stem}@{variant}"
    return (folder or scenario.parent / _FOLDER) / f"{name}.json"


def write(baseline: Baseline, path: Path) -> None:
    """Write *baseline* to *path*, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        passing.write_text("\n".join(_text(baseline)) + "\n", encoding="utf-8", newline="\n")
        passing.replace(path)
    finally:
        passing.unlink(missing_ok=True)


def _text(baseline: Baseline) -> Iterator[str]:
    yield "{"
    yield f'"fcsim_baseline": {FORMAT},'
    yield f'"scenario": {_json(baseline.name)},'
    blocks: dict[str, Mapping[str, Any]] = {
        "made_with": vars(baseline.provenance),
        "kpis": {name: _entry(name, baseline) for name in baseline.kpis},
        "layers": {image: _numbers(layers) for image, layers in baseline.layers.items()},
        "pulled": _numbers(baseline.pulled),
        "written": dict(sorted(baseline.written.items())),
    }
    for name, block in blocks.items():
        yield f"{_json(name)}: {{"
        yield ",\n".join(f" {_json(key)}: {_json(value)}" for key, value in block.items())
        yield "},"
    yield f'"digests": {_json(baseline.digests)}'
    yield "}"


def _entry(name: str, baseline: Baseline) -> Any:
    values = baseline.kpis[name]
    if len(set(values)) == 1:
        return _number(values[0])
    found = within_reach(mean_of(values), BY_NAME[own_name(name)])
    ends = {"mean": found.value, "low": found.low, "high": found.high}
    return {
        **{key: _number(rounded(value)) for key, value in ends.items()},
        "runs": [_number(value) for value in values],
    }


def _numbers(values: Mapping[str, float]) -> dict[str, float | int | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> float | int | None:
    if isnan(value):
        return None
    return int(value) if value.is_integer() else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def read(path: Path) -> Baseline | None:
    """Return the baseline in *path*; None when there is no such file.

    Raises ScenarioError when it is none, or of a newer layout.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from None
    try:
        content = json.loads(text)
        version = content["fcsim_baseline"]
    except (ValueError, KeyError, TypeError):
        raise _unreadable(path, "it is no baseline of fcsim check") from None
    if version != FORMAT:
        raise _unreadable(path, f"layout {version} is not one that this fcsim knows")
    try:
        return _baseline(content, _lines(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path, f"something is missing or odd in it: {error!r}") from None


def _unreadable(path: Path, why: str) -> ScenarioError:
    message = f"cannot be read as a baseline: {why}; --update-baseline writes it anew"
    return ScenarioError([Problem(message, "", str(path))])


def _baseline(content: dict[str, Any], lines: dict[str, int]) -> Baseline:
    digests = tuple(map(str, content["digests"]))
    if not digests:
        raise ValueError("no runs")
    return Baseline(
        name=str(content["scenario"]),
        provenance=Provenance(**content["made_with"]),
        digests=digests,
        kpis={name: _values(entry, len(digests)) for name, entry in content["kpis"].items()},
        layers={image: _floats(layers) for image, layers in content["layers"].items()},
        pulled=_floats(content["pulled"]),
        written=dict(content["written"]),
        lines=lines,
    )


def _floats(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _values(entry: Any, runs: int) -> tuple[float, ...]:
    values = entry["runs"] if isinstance(entry, dict) else [entry] * runs
    if len(values) != runs:
        raise ValueError(f"{len(values)} values for {runs} runs")
    return tuple(nan if value is None else float(value) for value in values)


def _lines(text: str) -> dict[str, int]:
    """Return the line of each key that begins one, the first of equal ones."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(' "') and '": ' in line:
            found.setdefault(line[2:].partition('": ')[0], number)
    return found
