"""What changed, in a few lines: which KPI by how much, what explains it, and what was touched."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from fcsim.study.check.causes import Facts, clauses_of_change, clauses_of_figure
from fcsim.study.check.outcomes import Check, Place, Verdict
from fcsim.study.check.words import change, rose
from fcsim.study.estimates import own_name

if TYPE_CHECKING:
    from fcsim.study.check.baseline import Baseline
    from fcsim.study.check.case import Case

__all__ = ["changed_places", "explanation", "touched"]

_TELLING = ("latency.p99", "latency.p95", "latency.mean", "cost.per_month")
"""KPIs that stand for their group when they have failed, too."""
_GROUPS = {"calls": "latency", "messages": "latency", "cold_start": "latency", "queue": "latency"}
_GROUPS |= {"image": "latency", "errors": "requests", "instances": "requests"}
_MOST = 5
"""Changed values that are listed."""


def explanation(case: Case, checks: Sequence[Check], now: Facts) -> list[str]:
    """Return lines for the *checks* that failed, one a group of KPIs, then what was touched.

    Without a baseline a line tells what the figure is made of. Nothing when nothing failed.
    """
    failed = [check for check in checks if check.verdict is Verdict.FAILED and check.kpi]
    if not failed:
        return []
    before = _facts(case.baseline) if case.baseline else Facts()
    lines = [_line(case, kpi, before, now) for kpi in _chosen(failed)]
    changes = touched(case) if case.baseline else []
    return [line for line in lines if line] + changes


def _facts(baseline: Baseline) -> Facts:
    return Facts(baseline.means(), baseline.layers, baseline.pulled)


def _chosen(failed: Sequence[Check]) -> list[str]:
    """Return the KPI that tells most of each group, worst group first."""
    found: dict[str, str] = {}
    for check in sorted(failed, key=lambda check: -check.severity):
        group = own_name(check.kpi).split(".")[0]
        group = _GROUPS.get(group, group)
        kept = found.setdefault(group, check.kpi)
        if _rank(check.kpi) < _rank(kept):
            found[group] = check.kpi
    return list(found.values())


def _rank(kpi: str) -> int:
    return _TELLING.index(kpi) if kpi in _TELLING else len(_TELLING)


def _line(case: Case, kpi: str, before: Facts, now: Facts) -> str:
    old, new = before[kpi], now[kpi]
    if isnan(old) or isnan(new) or old == new:
        clauses = clauses_of_figure(case.units, kpi, now)
        return f"{kpi} {case.units.single(kpi, new)}: {'; '.join(clauses)}" if clauses else ""
    clauses = clauses_of_change(case.units, kpi, before, now)
    told = f"{kpi} {rose(old, new)} {change(case.units, kpi, old, new)}"
    return f"{told}: {'; '.join(clauses)}" if clauses else told


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
