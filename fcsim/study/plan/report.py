"""What a plan returns: plain objects, and how a notebook shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.results.price_book import price_book
from fcsim.scenario.parameters import Parameter
from fcsim.study.judgement import Verdict
from fcsim.study.plan.flips import Shaken
from fcsim.study.plan.space import Space
from fcsim.study.plan.trials import Rules, Trial, by_cost

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from fcsim.scenario.model import Scenario

__all__ = ["KPIS", "Plan"]

KPIS = (
    "latency.p50", "latency.p99", "requests.success_ratio", "cold_start.ratio", "instances.mean",
)  # fmt: skip
"""KPIs that a plan shows of every setting, beside objectives and what is minimised."""
_RUNNERS = 3


@dataclass(repr=False)
class Plan:
    """The answer to "which is the cheapest setting that meets the objectives?"."""

    space: Space
    rules: Rules
    search: str
    """How the space was searched."""
    tried: tuple[Trial, ...]
    """Every setting that was looked at, in that order."""
    spent: int
    """Runs that the search took."""
    remarks: list[str] = field(default_factory=list)
    """What the reader must know: contradictions, open verdicts, settings that cannot be."""
    shaken: Shaken | None = None
    """What assumptions do to the choice; None when that was not asked for."""

    @cached_property
    def ranked(self) -> list[Trial]:
        """Settings that were simulated, the cheapest first, over their common replications."""
        return sorted((trial for trial in self.tried if trial.runs), key=by_cost)

    @property
    def _met(self) -> list[Trial]:
        return [trial for trial in self.ranked if trial.verdict is Verdict.MET]

    @property
    def choice(self) -> Trial | None:
        """The cheapest setting that meets every objective; None when none does."""
        return self._met[0] if self._met else None

    @property
    def runners(self) -> list[Trial]:
        """The next cheapest settings that meet every objective."""
        return self._met[1 : 1 + _RUNNERS]

    @property
    def nearest(self) -> Trial:
        """The setting whose worst objective is least beyond its limit, the cheapest of those."""
        judged = [trial for trial in self.ranked if len(trial.runs) > 1] or self.ranked
        return min(judged, key=lambda trial: trial.shortfall)

    @property
    def verdict(self) -> Verdict:
        """Met when there is a choice, inconclusive when some verdict is open, else missed."""
        if self.choice is not None:
            return Verdict.MET
        is_open = any(t.verdict is Verdict.INCONCLUSIVE and not t.skipped for t in self.ranked)
        return Verdict.INCONCLUSIVE if is_open else Verdict.MISSED

    @property
    def scenario(self) -> Scenario:
        """The scenario with the choice made; without a choice, as it was given."""
        return self.space.scenario(self.choice.setting) if self.choice else self.space.plain

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.space.plain.seed

    @property
    def changes(self) -> dict[str, Any]:
        """The values of the choice by path; empty when there is none."""
        return self.space.values(self.choice.setting) if self.choice else {}

    @property
    def currency(self) -> str:
        """The currency of all money."""
        return price_book(self.space.plain).currency

    @property
    def latency(self) -> str:
        """The KPI that figures show against cost: of the first objective on a time, or p99."""
        names = (o.name for o in self.rules.objectives if o.kpi.unit == "s" and o.every is None)
        return next(names, "latency.p99")

    @property
    def kpis(self) -> tuple[str, ...]:
        """The KPIs that are shown of every setting."""
        own = [o.name for o in self.rules.objectives if o.every is None]
        return tuple(dict.fromkeys([self.rules.minimise, *own, *KPIS]))

    @property
    def assumptions(self) -> dict[str, list[Parameter]]:
        """What the choice rests on: ``measured`` (or calibrated, or given), and ``assumed``."""
        if self.shaken is None:
            return {}
        rested = self.shaken.band.base.first.assumptions
        assumed = [p for p in rested if p.provenance == "assumed"]
        return {"measured": [p for p in rested if p.provenance != "assumed"], "assumed": assumed}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a setting, the cheapest first: knobs, verdict, runs, KPIs with ends."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of :meth:`to_frame`."""
        for trial in self.ranked:
            row = self.space.values(trial.setting)
            row |= {"verdict": str(trial.verdict), "runs": len(trial.runs), "note": trial.skipped}
            for name in self.kpis:
                found = trial.estimate(name)
                row |= {name: found.value, f"{name}.low": found.low, f"{name}.high": found.high}
            yield row

    def figure(self) -> Figure:
        """Return the frontier: what is minimised against latency, a point for each setting."""
        from fcsim.report.plan import frontier_figure

        return frontier_figure(self)

    def slide(self) -> Figure:
        """Return one sheet for a decision: frontier, choice, runners-up, what it rests on."""
        from fcsim.report.plan_slide import slide

        return slide(self)

    def summary(self) -> str:
        """Return what ``fcsim plan`` prints, as text."""
        from fcsim.report.console import text
        from fcsim.report.plan_tables import tables

        return text(tables(self))

    def save(self, folder: str | Path, *, figures: bool = True, table: str = "csv") -> list[Path]:
        """Write ``plan.json``, ``settings.csv`` and both figures into *folder*; return paths."""
        from fcsim.report.plan_files import save

        return save(self, Path(folder), figures=figures, table=table)

    def __repr__(self) -> str:
        """Name the choice."""
        return f"<Plan of {self.space.plain.name!r}: {self.choice.label if self.choice else None}>"

    def _repr_html_(self) -> str:
        """Show the plan in a notebook."""
        from html import escape

        return f"<pre>{escape(self.summary())}</pre>"
