"""Which parameters an answer hangs on: Morris' screening, then Sobol' indices, with SALib.

Morris (Technometrics 33, 1991; mu* of Campolongo and others, 2007) walks through all factors, one
step of one factor at a time, and finds those that matter at all. Sobol' indices (by Saltelli and
others, 2010) of these say which share of the KPI's variance each has a part in.

All points share the same random streams, so what varies is the parameters' doing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim import runner
from fcsim.errors import UsageError
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams
from fcsim.study.design import Base
from fcsim.study.ends import chosen
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.factors import Factor, Space, factor_of
from fcsim.study.indices import Influence, Sensitivity, influences
from fcsim.study.knobs import knobs
from fcsim.study.names import find_in
from fcsim.study.point import Point
from fcsim.study.workers import Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "sensitivity"]

METHODS = ("both", "morris", "sobol")
_TRAJECTORIES = 8
_SAMPLES = 64
_MOST = 6
"""Factors that go on from the screening to Sobol' indices."""
_NEGLIGIBLE = 0.02
"""Part of the greatest mu* below which a factor stops at the screening."""


def sensitivity(
    scenario: Scenario | str | Path | Mapping[str, Any] | Base,
    kpi: str | Iterable[str] = "latency.p99",
    *,
    method: str = "both",
    over: Iterable[str] | None = None,
    vary: Mapping[str, Iterable[Any]] | Iterable[str] = (),
    samples: int = _SAMPLES,
    trajectories: int = _TRAJECTORIES,
    reps: int = 1,
    confidence: float = CONFIDENCE,
    work: Work | None = None,
) -> Sensitivity:
    """Return how much each parameter of *scenario* moves each *kpi*.

    Parameters are the assumptions that the answer rests on and that have a range, or those
    named in *over*, and the paths in *vary* (``path=low..high unit`` or ``path=a,b,c``), for
    which *scenario* must be a file, a mapping or a :class:`~fcsim.study.design.Base`. *method*
    ``both`` screens by Morris and gives Sobol' indices of the six that matter most for each KPI;
    ``morris`` and ``sobol`` do one. *samples* is the base sample of Sobol' indices, a power of
    two; *trajectories* the walks of Morris. Each point is the mean of *reps* runs.

    Raises UsageError for an unknown KPI, parameter or method, when SALib is missing, and when
    the KPI is not defined somewhere in the ranges.
    """
    _check(method, samples, trajectories, reps)
    names = [kpi] if isinstance(kpi, str) else list(kpi)
    space = _space(scenario, over, vary)
    for name in names:
        find_in(space.scenario, name)
    if over is None:
        rested = chosen(runner.run(space.scenario).assumptions, None)
        space = Space(space.scenario, [*map(factor_of, rested), *space.factors], space.base)
    if not space.factors:
        raise UsageError("nothing varies: the answer rests on no assumption with a range")
    with work or Work() as own:
        study = _Study(names, reps, confidence, own)
        screened = study.screen(space, trajectories) if method != "sobol" else {}
        indices = study.apportion(space, screened, samples) if method != "morris" else {}
    return Sensitivity(
        space.scenario, tuple(names), tuple(space.names), screened, indices, study.runs
    )


def _check(method: str, samples: int, trajectories: int, reps: int) -> None:
    if method not in METHODS:
        raise UsageError(f"unknown method {method!r}; accepted: {', '.join(METHODS)}")
    if samples < 8 or samples & (samples - 1):
        raise UsageError(f"samples must be a power of two from 8 on; got {samples}")
    if trajectories < 2 or reps < 1:
        raise UsageError("at least 2 trajectories and 1 run a point")


def _space(
    source: Scenario | str | Path | Mapping[str, Any] | Base,
    over: Iterable[str] | None,
    vary: Mapping[str, Iterable[Any]] | Iterable[str],
) -> Space:
    """Return the space of the factors that are named."""
    paths = knobs(vary) if vary else []
    if isinstance(source, Scenario):
        if paths:
            raise UsageError("to vary paths, give the scenario's file, not a loaded scenario")
        base, scenario = None, source
    else:
        base = source if isinstance(source, Base) else Base(source)
        scenario = base.load()
    factors = [Factor(knob.path, knob=knob) for knob in paths]
    if over is not None:
        known = chosen(scenario.parameters.values(), over)
        factors = [*map(factor_of, known), *factors]
    return Space(scenario, factors, base)


class _Study:
    """Simulates places of a space, and counts the runs."""

    def __init__(self, names: Sequence[str], reps: int, confidence: float, work: Work) -> None:
        self._names = names
        self._reps = reps
        self._confidence = confidence
        self._work = work
        self.runs = 0

    def screen(self, space: Space, trajectories: int) -> dict[str, list[Influence]]:
        """Return the influence of each factor on each KPI by Morris."""
        return self._measure("morris", space, trajectories)

    def apportion(
        self, space: Space, screened: Mapping[str, Sequence[Influence]], samples: int
    ) -> dict[str, list[Influence]]:
        """Return Sobol' indices for each KPI, of the factors that passed the screening."""
        kept = {
            name: _passed(screened[name]) if screened else tuple(space.names)
            for name in self._names
        }
        found = {
            names: self._measure("sobol", space.only(names), samples)
            for names in set(kept.values())
            if names
        }
        return {name: found[names][name] if names else [] for name, names in kept.items()}

    def _measure(self, method: str, space: Space, size: int) -> dict[str, list[Influence]]:
        generator = Streams(space.scenario.seed).generator("sensitivity", method)
        table = partial(self._table, space)
        return influences(method, space.names, size, generator, self._confidence, table)

    def _table(self, space: Space, places: Floats) -> dict[str, Floats]:
        """Return each KPI at each of *places* (one row a place, one column a factor)."""
        scenarios = [space.at(place) for place in places.tolist()]
        points = [Point(scenario, k) for scenario in scenarios for k in range(self._reps)]
        outcomes = list(self._work.done(points))
        self.runs += len({outcome.key for outcome in outcomes})
        table = {}
        for name in self._names:
            values = np.array([outcome.kpis[name] for outcome in outcomes])
            table[name] = values.reshape(-1, self._reps).mean(axis=1)
            _defined(name, table[name], space, places)
        return table


def _defined(name: str, values: Floats, space: Space, places: Floats) -> None:
    lost = np.flatnonzero(np.isnan(values))
    if not len(lost):
        return
    where = zip(space.factors, places[lost[0]].tolist(), strict=True)
    told = ", ".join(f"{factor.name} = {factor.at(share)}" for factor, share in where)
    raise UsageError(
        f"{name} is not defined at {len(lost)} of {len(values)} points, so its variance is not "
        f"either; name fewer parameters with --over; the first point is {told}"
    )


def _passed(screened: Sequence[Influence]) -> tuple[str, ...]:
    """Return the names of the factors that matter, most first."""
    ranked = sorted(screened, key=lambda one: -one.total)
    least = _NEGLIGIBLE * ranked[0].total if ranked else math.inf
    return tuple(one.name for one in ranked[:_MOST] if one.total > max(least, 0.0))
