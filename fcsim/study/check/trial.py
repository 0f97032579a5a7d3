"""One scenario is run until its checks are decided, or runs or time are used up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fcsim.study.check.against_baseline import against
from fcsim.study.check.baseline import kept, means
from fcsim.study.check.by_objectives import objective_check, unknown
from fcsim.study.check.causes import Facts
from fcsim.study.check.explanation import changed_places, explanation
from fcsim.study.check.makeup import layer_bytes
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Verdict
from fcsim.study.check.runs import OutOfTime, Runs
from fcsim.study.check.storing import store
from fcsim.study.check.words import counted
from fcsim.study.judgement import Judgement, judge
from fcsim.study.judgement import Verdict as Judged
from fcsim.study.looks import is_hopeless

if TYPE_CHECKING:
    from fcsim.study.check.case import Case
    from fcsim.study.check.settings import Settings

__all__ = ["trial"]

_LATE = "time was up"
_NOT_RUN = "not run: time was up"


def trial(case: Case, settings: Settings, runs: Runs) -> Checked:
    """Run *case* as often as it takes and return its checks.

    Raises RunFailed, or what a run raises.
    """
    wanted = _wanted(case, settings)
    late = ""
    try:
        _have(case, settings, runs, wanted)
        for number in settings.looks:
            if _open(case, settings, runs) or _unclear(case, settings, runs):
                _have(case, settings, runs, number)
    except OutOfTime:
        late = f"{_LATE} after {counted(len(runs.outcomes))}" if runs.outcomes else _NOT_RUN
    checks = _by_objectives(case, settings, runs, late)
    found = Checked(case.path, case.name, tuple(checks), runs=len(runs.outcomes))
    if settings.update:
        return store(case, runs, found, late if len(runs.outcomes) < wanted else "")
    if case.baseline is not None:
        checks += _by_baseline(case, settings, runs, late if len(runs.outcomes) < wanted else "")
    told = _explained(case, checks, runs) if runs.outcomes else []
    return replace(
        found, checks=tuple(checks), explanation=tuple(told), changed=changed_places(case)
    )


def _wanted(case: Case, settings: Settings) -> int:
    """Return how many runs a baseline takes at first."""
    if settings.update:
        return settings.of_a_baseline
    return settings.beside(case.baseline) if case.baseline else 0


def _have(case: Case, settings: Settings, runs: Runs, number: int) -> None:
    if settings.progress is not None and number > len(runs.outcomes):
        settings.progress(case.name, number)
    runs.have(number)


# ── objectives ────────────────────────────────────────────────────────────────────────────────


def _judgements(case: Case, settings: Settings, runs: Runs) -> list[Judgement]:
    return [judge(objective, runs.outcomes, settings.narrow) for objective, _ in case.objectives]


def _open(case: Case, settings: Settings, runs: Runs) -> bool:
    """Tell whether more runs may still decide an objective."""
    if not runs.outcomes:
        return bool(case.objectives)
    return any(
        one.verdict is Judged.INCONCLUSIVE
        and not is_hopeless(len(runs.outcomes), one.runs_needed, settings.cap)
        for one in _judgements(case, settings, runs)
    )


def _by_objectives(case: Case, settings: Settings, runs: Runs, late: str) -> list[Check]:
    if not runs.outcomes:
        return [unknown(o.text, place, o.name, late) for o, place in case.objectives]
    judged = _judgements(case, settings, runs)
    places = [place for _, place in case.objectives]
    return [
        objective_check(case, place, one, late) for place, one in zip(places, judged, strict=True)
    ]


# ── the baseline ──────────────────────────────────────────────────────────────────────────────


def _unclear(case: Case, settings: Settings, runs: Runs) -> bool:
    """Tell whether more pairs of runs may still say how figures stand to the baseline."""
    if case.baseline is None or settings.update or case.is_unchanged:
        return False
    if len(runs.outcomes) >= case.baseline.runs:
        return False
    return any(check.verdict is Verdict.INCONCLUSIVE for check in _against(case, settings, runs))


def _against(case: Case, settings: Settings, runs: Runs) -> list[Check]:
    return against(case, runs.outcomes, settings.tolerances, settings.narrow)


def _by_baseline(case: Case, settings: Settings, runs: Runs, late: str) -> list[Check]:
    if not runs.outcomes:
        place = Place(str(case.home))
        return [Check(Kind.BASELINE, "the baseline", Verdict.INCONCLUSIVE, late, place)]
    checks = _against(case, settings, runs)
    return [_unsure(check, late) if late else check for check in checks]


def _unsure(check: Check, late: str) -> Check:
    """Return *check* as it stands when not all runs of the baseline were made."""
    if check.kind is Kind.DIGEST and check.verdict is Verdict.PASSED:
        return replace(check, verdict=Verdict.INCONCLUSIVE, message=f"{check.message}; {late}")
    if check.verdict is Verdict.INCONCLUSIVE:
        return replace(check, message=f"{check.message}; {late}")
    return check


def _explained(case: Case, checks: list[Check], runs: Runs) -> list[str]:
    pairs = min(len(runs.outcomes), case.baseline.runs if case.baseline else len(runs.outcomes))
    figures = means(kept(runs.outcomes[:pairs], case.scenario.functions))
    facts = Facts(figures, layer_bytes(case.scenario), runs.pulled)
    return explanation(case, checks, facts, pairs)
