"""Morris' and Sobol' measures by SALib, and the answer they make."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.scenario.model import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Table = Callable[[Floats], dict[str, Floats]]

__all__ = ["Influence", "Sensitivity", "influences"]

_OPTIONS: dict[str, dict[str, Any]] = {
    "morris": {"num_levels": 4},
    "sobol": {"calc_second_order": False},
}
_MEASURES = {"morris": ("mu_star", "mu_star_conf", "sigma"), "sobol": ("ST", "ST_conf", "S1")}
"""What SALib calls total, error and alone."""
_WORTH_NAMING = 0.05
_ROUNDING = 1e-12
"""Part of an effect below which an error or a spread is that of the arithmetic."""


@dataclass(frozen=True)
class Influence:
    """How much one parameter moves one KPI.

    By Morris, ``total`` is mu* (mean size of a step's effect, in the KPI's unit) and ``alone``
    sigma (its standard deviation: interactions and curvature). By Sobol', ``total`` is the
    share of variance in which the parameter has a part and ``alone`` the share it makes by
    itself. ``error`` is the half width of the interval of ``total``.
    """

    name: str
    total: float
    error: float
    alone: float


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """Which parameters each KPI hangs on."""

    scenario: Scenario
    kpis: tuple[str, ...]
    names: tuple[str, ...]
    """All parameters that were varied."""
    screening: Mapping[str, Sequence[Influence]]
    """By Morris, for each KPI; empty when it was not asked for."""
    indices: Mapping[str, Sequence[Influence]]
    """Sobol' indices for each KPI, likewise."""
    runs: int
    """Runs that were needed."""

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.scenario.seed

    def ranked(self, kpi: str) -> list[Influence]:
        """Return the parameters by their influence, the greatest first: Sobol', else Morris."""
        return sorted((self.indices or self.screening)[kpi], key=lambda one: -one.total)

    def sentence(self, kpi: str | None = None) -> str:
        """Say what the KPI hangs on: ``… hangs on host.unpack_rate (72 %) and …``."""
        name = kpi or self.kpis[0]
        ranked = [one for one in self.ranked(name) if one.total > 0]
        if not ranked:
            return f"{name} hangs on none of the {len(self.names)} parameters"
        if not self.indices:
            told = [one.name for one in ranked[:3]]
            return f"{name} is moved most by {_listed(told)} (Morris: an order, no shares)"
        worth = [one for one in ranked if one.total >= _WORTH_NAMING] or ranked[:1]
        told = [f"{one.name} ({min(one.total, 1) * 100:.0f} %)" for one in worth]
        return f"{name} hangs on {_listed(told)}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a KPI and parameter, with the measures of both methods."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as dictionaries; NaN where a method says nothing of a parameter."""
        return [row for kpi in self.kpis for row in self._rows(kpi)]

    def _rows(self, kpi: str) -> Iterator[dict[str, Any]]:
        nothing = Influence("", math.nan, math.nan, math.nan)
        walks, shares = (
            {one.name: one for one in found.get(kpi, ())}
            for found in (self.screening, self.indices)
        )
        for name in self.names:
            walk, part = walks.get(name, nothing), shares.get(name, nothing)
            yield {
                "kpi": kpi, "parameter": name, "mu_star": walk.total, "mu_star_error": walk.error,
                "sigma": walk.alone, "share": part.total, "share_error": part.error,
                "alone": part.alone,
            }  # fmt: skip

    def figure(self, kpi: str | None = None) -> Any:
        """Return the figure of one KPI."""
        from fcsim.report.sensitivity import sensitivity_figure

        return sensitivity_figure(self, kpi or self.kpis[0])

    def summary(self) -> str:
        """Return what ``fcsim sensitivity`` prints, as text."""
        from fcsim.report.console import text
        from fcsim.report.sensitivity_tables import sensitivity_summary

        return text(sensitivity_summary(self))

    def __repr__(self) -> str:
        """Say what the first KPI hangs on."""
        return f"<Sensitivity: {self.sentence()}>"


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def influences(
    method: str,
    names: Sequence[str],
    size: int,
    generator: np.random.Generator,
    confidence: float,
    table: Table,
) -> dict[str, list[Influence]]:
    """Return by KPI what each of *names* does over the unit cube that they span.

    *method* ``morris`` takes *size* walks through it, ``sobol`` a base sample of that size;
    *table* gives the KPIs at places in the cube. Raises UsageError when SALib is missing.
    """
    _need_salib()
    sampling, analysis = (import_module(f"SALib.{part}.{method}") for part in ("sample", "analyze"))
    problem, options = _problem(names), {**_OPTIONS[method], "seed": generator}
    places = sampling.sample(problem, size, **options)
    answer = {}
    for kpi, values in table(places).items():
        if np.ptp(values) == 0:
            answer[kpi] = [Influence(name, 0.0, 0.0, 0.0) for name in names]
            continue
        given = (places, values) if method == "morris" else (values,)
        found = analysis.analyze(problem, *given, conf_level=confidence, **options)
        answer[kpi] = _influences(names, *(found[key] for key in _MEASURES[method]))
    return answer


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _influences(names: Sequence[str], *columns: Any) -> list[Influence]:
    """Return a row a parameter; what is less than rounding of its effect makes is none."""
    table = np.stack([np.asarray(column, float) for column in columns], axis=1)
    table[np.abs(table) < _ROUNDING * np.abs(table[:, :1])] = 0.0
    return [Influence(name, *row) for name, row in zip(names, table.tolist(), strict=True)]


def _need_salib() -> None:
    from importlib.util import find_spec

    if find_spec("SALib") is None:
        raise UsageError("sensitivity needs SALib: pip install 'fcsim[sensitivity]'")
