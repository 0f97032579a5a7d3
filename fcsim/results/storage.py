"""Opens result folders that :mod:`fcsim.results.saving` has written."""

from __future__ import annotations

from functools import cached_property
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.results import tables
from fcsim.results.bill import Bill
from fcsim.results.json_files import from_plain, null_to_nan, read_json
from fcsim.results.latency_curves import Curve, CurvePoint, curves
from fcsim.results.message_series import MESSAGE_METRICS
from fcsim.results.phases import PhaseRow
from fcsim.results.pricing import Line
from fcsim.results.result import Result
from fcsim.results.saving import (
    CALLER_LAYOUT,
    COURSE_LAYOUT,
    FORMAT,
    MANIFEST,
    minimum_layout,
    series_layout,
)
from fcsim.results.series import REGION_METRICS, Series
from fcsim.results.times import cut
from fcsim.results.transfers import TransferRow
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Parameter
from fcsim.sim.record import Columns, FunctionInfo, Happening, Record
from fcsim.sim.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SavedResult", "load_result"]

_BILL_PREFIXES = ("billing.", "idle.billed", "idle.delayed_release_billed")


class SavedResult(Result):
    """A result read from its folder; files are read when they are needed."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        """Read from *folder*, whose manifest is known."""
        self.folder = folder
        self.manifest = manifest
        self.rows = None
        self.command = str(manifest.get("command", ""))
        self.sliced = null_to_nan(from_plain(manifest.get("objectives_in_slices", {})))

    @cached_property
    def record(self) -> Record:  # type: ignore[override]
        """The record; UsageError when the run was saved without records."""
        form = self.manifest["records"]
        if form is None:
            raise UsageError(f"{self.folder} was saved without records; run again with records")
        return _read_record(self, form)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was simulated."""
        data = read_json(self.folder / "scenario.json")
        return Scenario.model_validate(from_plain(data))

    @cached_property
    def digest(self) -> str:
        """The identity of the scenario: equal digests and seeds mean equal runs."""
        return str(self.manifest["scenario"]["digest"])

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.manifest["seed"])

    @property
    def replication(self) -> int:
        """The number of the run among independent ones of the same seed."""
        return int(self.manifest["replication"])

    @property
    def warnings(self) -> list[str]:
        """What the run wants its reader to know."""
        return list(self.manifest["warnings"])

    @property
    def engine(self) -> str:
        """The request plane that ran."""
        return str(self.manifest["engine"])

    @property
    def versions(self) -> dict[str, str]:
        """Versions of what simulated it."""
        return dict(self.manifest["versions"])

    @property
    def wall_seconds(self) -> float:
        """How long the simulation took."""
        return float(self.manifest["wall_seconds"])

    @cached_property
    def kpis(self) -> dict[str, Any]:
        """All KPIs, nested; NaN where a figure is not defined."""
        nested: dict[str, Any] = null_to_nan(read_json(self.folder / "kpis.json"))
        return nested

    @cached_property
    def bill(self) -> Bill:
        """The bill of the window."""
        _, rows = tables.read_rows(self.folder / "bill.csv")
        functions = tuple(self.manifest["functions"])
        months = [self.kpis["functions"][name]["cost"]["per_month"] for name in functions]
        return Bill(
            self.manifest["price_book"],
            self.manifest["currency"],
            functions,
            tuple(_line(row) for row in rows),
            np.array([*months, self.kpis["cost"]["per_month"]]),
            tuple(p for p in self.assumptions if p.name.startswith(_BILL_PREFIXES)),
        )

    @cached_property
    def series(self) -> Series:
        """Time series per minute."""
        return _read_series(self.folder, self.manifest)

    @cached_property
    def assumptions(self) -> list[Parameter]:
        """Values that no document settles and the result rests on, each once."""
        entries = read_json(self.folder / "assumptions.json")
        known = self.scenario.parameters
        return [known.get(entry["name"]) or _parameter(entry) for entry in entries]

    @cached_property
    def phases(self) -> list[PhaseRow]:
        """The spread of cold-start phases."""
        _, rows = tables.read_rows(self.folder / "cold_start_phases.csv")
        return [PhaseRow(a, b, int(n), *map(float, rest)) for a, b, n, *rest in rows]

    @cached_property
    def course(self) -> Columns:
        """Instances and requests over 300 equal cells of the window; columns of COURSE."""
        return tables.read(self.folder / "course.csv", COURSE_LAYOUT)

    @cached_property
    def caller_course(self) -> Columns:
        """Attempts, calls and messages over the same cells; empty columns without callers."""
        return self._optional("callers.csv", CALLER_LAYOUT)

    @cached_property
    def minimum_course(self) -> Columns:
        """What policies ask for and what is there, by function, over the same cells."""
        return self._optional("minimum.csv", minimum_layout(tuple(self.manifest["functions"])))

    def _optional(self, name: str, layout: tables.Layout) -> Columns:
        path = self.folder / name
        return tables.read(path, layout) if path.exists() else layout.empty()

    @cached_property
    def happenings(self) -> list[Happening]:
        """Faults, deployments, and states of functions other than active."""
        path = self.folder / "happenings.csv"
        if not path.exists():
            return []
        _, rows = tables.read_rows(path)
        return [
            Happening(kind, text, float(begin), float(end or "nan"), function)
            for kind, text, begin, end, function in rows
        ]

    @cached_property
    def latency_curves(self) -> list[Curve]:
        """The distribution of latency of completed requests, and of each kind of request."""
        _, rows = tables.read_rows(self.folder / "latency.csv")
        return curves(CurvePoint(kind, float(at), int(number)) for kind, at, number in rows)

    @cached_property
    def transfers(self) -> list[TransferRow]:
        """Transfers of layers to hosts, summed by layer and source."""
        _, rows = tables.read_rows(self.folder / "transfers.csv")
        return [
            TransferRow(layer, source, int(later), int(number), *map(float, figures))
            for layer, source, later, number, *figures in rows
        ]

    @property
    def counters(self) -> dict[str, float]:
        """Facts that are not rows: stop time, credentials obtained, refusals of registries."""
        return dict(self.manifest.get("counters", {}))


def load_result(folder: str | Path) -> SavedResult:
    """Open a result folder. UsageError when it is none, or of a newer layout."""
    folder = Path(folder)
    try:
        manifest = read_json(folder / MANIFEST)
        version = manifest["fcsim_result"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{folder} is no fcsim result folder: no {MANIFEST} of one") from None
    if version > FORMAT:
        raise UsageError(f"{folder} was written by a newer fcsim (layout {version})")
    return SavedResult(folder, manifest)


def _read_record(result: SavedResult, form: str) -> Record:
    about = from_plain(read_json(result.folder / "record.json"))
    functions = [FunctionInfo(**entry) for entry in about["functions"]]
    names = [function.name for function in functions]
    layouts = tables.layouts(names, about["layers"], list(result.scenario.workload))
    paths = {name: result.folder / f"{name}.{form}" for name in layouts}
    columns = {
        name: layout.empty()
        if name in tables.OPTIONAL and not paths[name].exists()
        else tables.read(paths[name], layout)
        for name, layout in layouts.items()
    }
    known = result.scenario.parameters
    return Record(
        scenario=result.scenario,
        functions=functions,
        layers=about["layers"],
        requests=columns["requests"],
        instances=columns["instances"],
        pulls=columns["pulls"],
        targets=columns["targets"],
        calls=columns["calls"],
        attempts=columns["attempts"],
        assumptions=[known[name] for name in about["assumptions"]],
        warnings=result.warnings,
        seed=result.seed,
        replication=result.replication,
        engine=result.engine,
        counters=dict(about["counters"]),
        happenings=[_happening(entry) for entry in about.get("happenings", ())],
        wall_seconds=result.wall_seconds,
        trace=_read_trace(result.folder, form, about.get("trace")),
    )


def _read_trace(folder: Path, form: str, names: dict[str, list[str]] | None) -> Trace | None:
    if names is None:
        return None
    entries, links = names["entries"], names["links"]
    layouts = tables.trace_layouts(entries, links)
    read = {name: tables.read(folder / f"{name}.{form}", of) for name, of in layouts.items()}
    return Trace(entries, links, **read)


def _read_series(folder: Path, manifest: Mapping[str, Any]) -> Series:
    (begin, end), interval = manifest["window"], manifest["series_interval"]
    edges = cut(begin, end, interval)
    _, rows = tables.read_rows(folder / "region.csv")
    columns = np.array(rows, dtype=np.float64).reshape(-1, len(REGION_METRICS) + 1).T[1:]
    region = dict(zip(REGION_METRICS, columns, strict=True))
    if not (folder / "series.csv").exists():
        return Series(interval, edges, (), {}, region)
    functions = tuple(manifest["functions"])
    layout = series_layout(functions, messages=manifest.get("messages", False))
    stored = tables.read(folder / "series.csv", layout)
    rows_of = stored.pop("function"), np.searchsorted(edges, stored.pop("time"))
    values = {}
    for name, column in stored.items():
        idle = nan if "Duration" in name or "Latency" in name else 0.0
        values[name] = np.full((len(functions), len(edges) - 1), idle)
        values[name][rows_of] = column
    messages = {name: values.pop(name) for name in MESSAGE_METRICS if name in values}
    return Series(interval, edges, functions, values, region, messages)


def _line(row: list[str]) -> Line:
    function, item, quantity, unit, *rest = row
    return Line(function, item, float(quantity), unit, *map(float, rest))


def _happening(entry: dict[str, Any]) -> Happening:
    end = entry["end"]
    begin = float(entry["begin"])
    return Happening(**{**entry, "begin": begin, "end": nan if end is None else float(end)})


def _parameter(entry: dict[str, Any]) -> Parameter:
    return Parameter(**{**entry, "choices": tuple(entry["choices"])})
