"""What changed, in a few lines: which KPI by how much, what explains it, and what was touched."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from fcsim.study.check.causes import Facts, clauses_of_change, clauses_of_figure
from fcsim.study.check.outcomes import Check, Kind, Place, Verdict
from fcsim.study.check.words import change, rose
from fcsim.study.estimates import own_name

if TYPE_CHECKING:
    from fcsim.study.check.baseline import Baseline
    from fcsim.study.check.case import Case

__all__ = ["changed_places", "explanation", "touched"]

_TELLING = ("latency.p99", "latency.p95", "latency.mean", "cold_start.mean", "cost.per_month")
"""KPIs that stand for their group when they have failed, too."""
_GROUPS = {"calls": "latency", "messages": "latency", "cold_start": "latency", "queue": "latency"}
_GROUPS |= {"image": "latency", "errors": "requests", "instances": "requests"}
_MOST = 5
"""Changed values that are listed."""


def explanation(case: Case, checks: Sequence[Check], now: Facts, runs: int) -> list[str]:
    """Return lines for the *checks* that failed, one a group of KPIs, then what was touched.

    *now* are facts of so many *runs*, which are told beside as many of the baseline.
    What a figure is made of is told where there is no baseline, or one that misses the objective
    as well. Nothing when nothing failed.
    """
    failed = [check for check in checks if check.verdict is Verdict.FAILED and check.kpi]
    if not failed:
        return []
    before = _facts(case.baseline, runs) if case.baseline else Facts()
    lines = [_line(case, check, before, now) for check in _chosen(failed)]
    return [line for line in lines if line] + (touched(case) if case.baseline else [])


def _facts(baseline: Baseline, runs: int) -> Facts:
    return Facts(baseline.means(runs), baseline.layers, baseline.pulled)


def _chosen(failed: Sequence[Check]) -> list[Check]:
    """Return the check that tells most of each group, worst group first."""
    found: dict[str, Check] = {}
    for check in sorted(failed, key=lambda check: -check.severity):
        group = own_name(check.kpi).split(".")[0]
        group = _GROUPS.get(group, group)
        kept = found.setdefault(group, check)
        if _rank(check) < _rank(kept):
            found[group] = check
    return list(found.values())


def _rank(check: Check) -> tuple[int, bool]:
    """Rank telling KPIs first, and of one KPI the baseline's check."""
    place = _TELLING.index(check.kpi) if check.kpi in _TELLING else len(_TELLING)
    return place, check.kind is Kind.OBJECTIVE


def _line(case: Case, check: Check, before: Facts, now: Facts) -> str:
    kpi = check.kpi
    old, new = before[kpi], now[kpi]
    if isnan(old) or isnan(new) or old == new or not _was_fine(case, check, old):
        clauses = clauses_of_figure(case.units, kpi, now)
        return f"{kpi} {case.units.single(kpi, new)}: {'; '.join(clauses)}" if clauses else ""
    clauses = clauses_of_change(case.units, kpi, before, now)
    told = f"{kpi} {rose(old, new)} {change(case.units, kpi, old, new)}"
    return f"{told}: {'; '.join(clauses)}" if clauses else told


def _was_fine(case: Case, check: Check, before: float) -> bool:
    """Tell whether the baseline met the objective of *check*, if it is one; it has no slices."""
    if check.kind is not Kind.OBJECTIVE:
        return True
    objective = next(one for one, _ in case.objectives if one.text == check.subject)
    return objective.every is None and objective.excess(before) <= 0


def touched(case: Case) -> list[str]:
    """Return what differs from what the baseline was made from and with; one line, or none."""
    base = case.baseline
    assert base is not None
    found = base.provenance.moved(case.provenance)
    if base.provenance.scenario != case.provenance.scenario:
        found += _rewritten(case, base)
    return [f"since the baseline: {'; '.join(found)}"] if found else []


def changed_places(case: Case) -> tuple[Place, ...]:
    """Return where values of the file stand that differ from the baseline's, in its order."""
    if case.baseline is None:
        return ()
    places = {case.place_of_value(path) for path in _changed(case, case.baseline)}
    return tuple(sorted((p for p in places if p.line), key=lambda p: (p.line, p.column)))


def _changed(case: Case, base: Baseline) -> list[str]:
    old, new = base.written, case.written
    return [path for path in dict.fromkeys((*old, *new)) if old.get(path) != new.get(path)]


def _rewritten(case: Case, base: Baseline) -> list[str]:
    """Return the values of the scenario that differ, as they were written."""
    old, new = base.written, case.written
    paths = _changed(case, base)
    if not paths:
        return ["something else in the scenario, such as a file that it names"]
    told = [f"{path} {old.get(path, 'none')} → {new.get(path, 'none')}" for path in paths[:_MOST]]
    rest = len(paths) - _MOST
    return [*told, f"and {rest} more values"] if rest > 0 else told
