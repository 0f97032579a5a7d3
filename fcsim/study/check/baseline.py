"""A baseline: what a scenario's figures were when somebody was content with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isnan, nan

from fcsim.results.vocabulary import BY_NAME
from fcsim.study.check.provenance import Provenance
from fcsim.study.outcome import Outcome

__all__ = ["Baseline", "digest_of", "kept", "means", "rounded"]

_MOST_FUNCTIONS = 20
"""Functions of which KPIs of their own are kept."""
_OF_FUNCTIONS = (
    "requests.arrived", "requests.completed", "requests.cold", "requests.success_ratio",
    "latency.mean", "latency.p95", "latency.p99", "cold_start.ratio", "cold_start.mean",
    "cost.per_month",
)  # fmt: skip
_DIGITS = 6
"""Significant digits of figures in the file; the digests know all of them."""
_LEFT_ALONE = ("python", "machine", "code")
"""Parts of the provenance that alone are no reason to write a baseline anew."""


@dataclass(frozen=True)
class Baseline:
    """Figures of independent runs and what they rest on."""

    name: str
    """The scenario's, with ``/variant`` when it has one."""
    provenance: Provenance
    digests: tuple[str, ...]
    """Of all KPIs of each run, replication 0 first; see :func:`digest_of`."""
    kpis: Mapping[str, tuple[float, ...]]
    """KPIs of each run, rounded as in the file; NaN where one is not defined."""
    layers: Mapping[str, Mapping[str, float]]
    """Compressed bytes of layers, by image and layer."""
    pulled: Mapping[str, float]
    """Bytes that hosts fetched in replication 0, by layer."""
    written: Mapping[str, str]
    """Values of the scenario by path, as somebody wrote them."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Line of each KPI in the file."""

    @property
    def runs(self) -> int:
        """How many runs it holds."""
        return len(self.digests)

    def means(self, runs: int | None = None) -> dict[str, float]:
        """Return the mean of each KPI over the first *runs*; NaN where one is not defined."""
        return means({name: values[:runs] for name, values in self.kpis.items()})

    def is_up_to_date(self, new: Baseline) -> bool:
        """Tell whether *new* says nothing that this does not."""
        mine, yours = (
            {name: part for name, part in vars(b.provenance).items() if name not in _LEFT_ALONE}
            for b in (self, new)
        )
        same = (mine, self.name, self.digests) == (yours, new.name, new.digests)
        return same and (self.written, self.layers) == (new.written, new.layers)


def means(kpis: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the mean of each KPI over the runs in which it is defined; NaN without any."""
    known = {name: [v for v in values if not isnan(v)] for name, values in kpis.items()}
    return {name: sum(values) / len(values) if values else nan for name, values in known.items()}


def digest_of(kpis: Mapping[str, float]) -> str:
    """Return a digest of all *kpis* of one run, to the last bit.

    Those that are 0 or not defined are left out: one that a newer fcsim adds, and that is about
    something the scenario does not have, is no change.
    """
    known = (n for n in sorted(kpis) if " " not in n and kpis[n] and not isnan(kpis[n]))
    lines = (f"{name} {float(kpis[name]).hex()}" for name in known)
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


def kept(outcomes: Sequence[Outcome], functions: Collection[str]) -> dict[str, tuple[float, ...]]:
    """Return the KPIs of *outcomes* that a baseline keeps, rounded as in the file.

    Those of single functions are kept when there are several, but not very many.
    """
    names = [*BY_NAME]
    if 1 < len(functions) <= _MOST_FUNCTIONS:
        names += [f"functions.{function}.{kpi}" for function in functions for kpi in _OF_FUNCTIONS]
    table = {name: tuple(rounded(run.kpis[name]) for run in outcomes) for name in names}
    return {name: values for name, values in table.items() if not all(map(isnan, values))}


def rounded(value: float) -> float:
    """Return *value* as baselines keep it: whole numbers whole, others with six digits."""
    return value if value.is_integer() or isnan(value) else float(f"{value:.{_DIGITS}g}")
