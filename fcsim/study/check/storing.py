"""Writes baselines, and says how they differ from what was there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fcsim.study.check import baseline_files
from fcsim.study.check.against_baseline import moved
from fcsim.study.check.baseline import Baseline, digest_of, kept
from fcsim.study.check.explanation import touched
from fcsim.study.check.makeup import layer_bytes
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Verdict
from fcsim.study.check.words import change

if TYPE_CHECKING:
    from fcsim.study.check.case import Case
    from fcsim.study.check.runs import Runs

__all__ = ["store"]

_SHOWN = 12
"""KPIs that are listed."""


def store(case: Case, runs: Runs, found: Checked, late: str) -> Checked:
    """Write the baseline of *case* by its *runs*, and return *found* with notes of what moved.

    Nothing is written when nothing moved, or when runs are missing because it was *late*.
    """
    if late:
        place = Place(str(case.home))
        check = Check(
            Kind.BASELINE, "the baseline", Verdict.INCONCLUSIVE, f"not written: {late}", place
        )
        return replace(found, checks=(*found.checks, check))
    new = _baseline(case, runs)
    old = case.baseline
    if old is not None and old.is_up_to_date(new):
        return replace(found, written=True, notes=(f"baseline as before: {case.home}",))
    baseline_files.write(new, case.home)
    notes = [f"baseline written: {case.home}"]
    if old is not None:
        notes += [*touched(case), *_differences(case, old, new)]
    return replace(found, written=True, notes=tuple(notes))


def _baseline(case: Case, runs: Runs) -> Baseline:
    return Baseline(
        name=case.name,
        provenance=case.provenance,
        digests=tuple(digest_of(outcome.kpis) for outcome in runs.outcomes),
        kpis=kept(runs.outcomes, case.scenario.functions),
        layers=layer_bytes(case.scenario),
        pulled=runs.pulled,
        written=case.written,
    )


def _differences(case: Case, old: Baseline, new: Baseline) -> list[str]:
    pairs = min(old.runs, new.runs)
    before, now = old.means(pairs), new.means(pairs)
    names = moved(before, now)
    lines = [
        f"{name} {change(case.units, name, before.get(name, _NONE), now.get(name, _NONE))}"
        for name in names[:_SHOWN]
    ]
    rest = len(names) - _SHOWN
    return [*lines, f"and {rest} more KPIs"] if rest > 0 else lines


_NONE = float("nan")
