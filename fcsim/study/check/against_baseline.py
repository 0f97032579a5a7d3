"""Figures of now beside those of the stored baseline.

Where nothing has changed that figures may depend on, they must be equal to the bit, so that a
change of fcsim's code that nobody meant is caught. Otherwise KPIs may be better, or worse within
a tolerance; runs of one replication face the same random numbers, so their paired differences
decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING

from fcsim.study.check.baseline import Baseline, digest_of, kept, means
from fcsim.study.check.directions import Tolerances, is_judged, lower_is_better
from fcsim.study.check.outcomes import Check, Kind, Place, Verdict
from fcsim.study.check.words import change, counted, rose
from fcsim.study.differences import Difference, difference
from fcsim.study.estimates import Estimate

if TYPE_CHECKING:
    from fcsim.study.check.case import Case
    from fcsim.study.outcome import Outcome

__all__ = ["against", "moved"]


def against(
    case: Case, outcomes: Sequence[Outcome], tolerances: Tolerances, confidence: float
) -> list[Check]:
    """Return the checks of *case*, which has a baseline, by the *outcomes* of its runs."""
    base = case.baseline
    assert base is not None
    if case.is_unchanged:
        return [_to_the_bit(case, base, outcomes)]
    return list(_within_tolerance(case, base, outcomes, tolerances, confidence))


# ── to the bit ────────────────────────────────────────────────────────────────────────────────


def _to_the_bit(case: Case, base: Baseline, outcomes: Sequence[Outcome]) -> Check:
    runs = min(len(outcomes), base.runs)
    found = [digest_of(outcome.kpis) for outcome in outcomes[:runs]]
    subject, place = "every KPI as in the baseline", Place(str(case.home))
    if found == list(base.digests[:runs]):
        message = f"all KPIs of {counted(runs)} are equal to the bit"
        return Check(Kind.DIGEST, subject, Verdict.PASSED, message, place)
    before, now = base.means(runs), means(kept(outcomes[:runs], case.scenario.functions))
    names = moved(before, now)
    told = f"unintended change: {_most(case, before, now, names)}; {_blame(case, base)}"
    if not names:
        return Check(Kind.DIGEST, subject, Verdict.FAILED, told, place)
    worst = names[0]
    return Check(
        Kind.DIGEST, subject, Verdict.FAILED, told, case.place_of(worst), worst,
        severity=_share(before.get(worst, nan), now.get(worst, nan)),
        reference=before.get(worst, nan), unit=case.unit(worst),
    )  # fmt: skip


def moved(before: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """Return the KPIs whose means differ, those that moved most by their size first."""
    names = [
        name
        for name in dict.fromkeys((*before, *now))
        if not _alike(before.get(name, nan), now.get(name, nan))
    ]
    return sorted(names, key=lambda n: -_share(before.get(n, nan), now.get(n, nan)))


def _alike(one: float, other: float) -> bool:
    return one == other or (isnan(one) and isnan(other))


def _share(before: float, after: float) -> float:
    """Return how much *after* differs, as a share of the larger: 0 to 1; 1 if one is missing."""
    size = max(abs(before), abs(after))
    part = abs(after - before) / size if size else 0.0
    return part if isfinite(part) else 1.0


def _most(
    case: Case, before: Mapping[str, float], now: Mapping[str, float], names: list[str]
) -> str:
    if not names:
        return "KPIs differ beyond the sixth digit"
    worst, number = names[0], f"{len(names)} of {len(before)} KPIs differ"
    told = change(case.units, worst, before.get(worst, nan), now.get(worst, nan))
    return f"{number}, most {worst} {told}"


def _blame(case: Case, base: Baseline) -> str:
    same = "though scenario, preset, prices and versions are the baseline's"
    if base.provenance.code != case.provenance.code:
        return f"{same} and only fcsim's code differs"
    return f"{same}, and so is fcsim's code: please report it"


# ── within a tolerance ────────────────────────────────────────────────────────────────────────


def _within_tolerance(
    case: Case,
    base: Baseline,
    outcomes: Sequence[Outcome],
    tolerances: Tolerances,
    confidence: float,
) -> Iterator[Check]:
    runs = min(len(outcomes), base.runs)
    now = kept(outcomes[:runs], case.scenario.functions)
    before, after = base.means(runs), means(now)
    cause = "; ".join(base.provenance.moved(case.provenance))
    for name in now:
        if name not in base.kpis or not is_judged(name, before, after):
            continue
        found = difference(name, base.kpis[name][:runs], now[name], confidence)
        if not found.change.runs or (found.change.runs < 2 <= runs):
            continue  # a figure of one run among several says nothing, its count is judged
        yield _judged(case, found, tolerances.allowed(name, before), cause)


def _judged(case: Case, found: Difference, allowed: float, cause: str) -> Check:
    worse = _worse(found)
    verdict = _verdict(worse, allowed)
    better = verdict is Verdict.PASSED and worse.high < -allowed
    message = _told(case, found) + _reason(case, found, allowed, verdict, better)
    if verdict is Verdict.PASSED and worse.high > allowed:
        message += ": better on average, not for certain"
    if cause and (verdict is not Verdict.PASSED or better):
        message += f" (since the baseline: {cause})"
    scale = max(abs(found.base.value), allowed) or 1.0
    return Check(
        Kind.BASELINE, found.kpi, verdict, message, case.place_of(found.kpi), found.kpi,
        better=better, severity=max(worse.value - allowed, 0.0) / scale, found=found.other,
        reference=found.base.value, unit=case.unit(found.kpi),
    )  # fmt: skip


def _worse(found: Difference) -> Estimate:
    """Return by how much it is worse, with its interval; below zero when it is better."""
    it = found.change
    if lower_is_better(found.kpi):
        return it
    return Estimate(-it.value, -it.high, -it.low, it.runs)


def _verdict(worse: Estimate, allowed: float) -> Verdict:
    if worse.low > allowed:
        return Verdict.FAILED
    return Verdict.PASSED if worse.high <= allowed or worse.value <= 0 else Verdict.INCONCLUSIVE


def _told(case: Case, found: Difference) -> str:
    before, after = found.base.value, found.other.value
    if before == after:
        return f"{found.kpi} is {case.units.single(found.kpi, before)} as before"
    return f"{found.kpi} {rose(before, after)} {change(case.units, found.kpi, before, after)}"


def _reason(case: Case, found: Difference, allowed: float, verdict: Verdict, better: bool) -> str:
    if verdict is Verdict.PASSED:
        return ": better" if better else ""
    limit = f"{_size(case, found.kpi, allowed)} are allowed"
    if verdict is Verdict.FAILED:
        return f"; {limit}"
    if isnan(found.change.low):
        return "; one run says nothing about spread"
    ends = _size(case, found.kpi, found.change.low, found.change.high)
    return f"; {found.change.runs} pairs of runs say {ends}, and {limit}: not clear"


def _size(case: Case, kpi: str, *changes: float) -> str:
    """Write the size of a change, or from where to where it may be; one of a share has points."""
    *figures, sign = case.units.write(kpi, *changes)
    sign = "points" if sign == "%" else sign
    return f"{' to '.join(figures)} {sign}".strip()
