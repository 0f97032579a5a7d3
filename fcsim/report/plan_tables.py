"""A plan as tables for terminals, and as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fcsim import __version__
from fcsim.report.console import Flow, columns, grid
from fcsim.report.kpi_values import Units
from fcsim.report.values import count, plain, write
from fcsim.report.wide import Wide
from fcsim.study.judgement import Judgement, Verdict

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.study.estimates import Estimate
    from fcsim.study.plan.flips import Flip
    from fcsim.study.plan.report import Plan
    from fcsim.study.plan.trials import Trial

__all__ = ["answer", "banded", "flip_texts", "plan_json", "premium_words", "tables"]

_MOST = 12
_AT = 4
"""Settings shown before the choice, of more than can be shown."""


def tables(plan: Plan) -> RenderableType:
    """Return what ``fcsim plan`` prints."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [_title(plan), "", Flow(answer(plan).split(" "), " "), ""]
    shown = plan.choice or plan.nearest
    sections: list[tuple[str, RenderableType]] = [
        (f"Objectives at {shown.label}", _objectives(plan, shown)),
        (f"Figures at {shown.label}", _figures(plan, shown)),
        ("Settings, the cheapest first", _settings(plan)),
    ]
    for heading, content in sections:
        parts += [Text(heading, style="bold"), content, ""]
    if plan.shaken is not None:
        parts += [Text("Assumptions", style="bold"), *_assumptions(plan), ""]
    if plan.remarks:
        notes = grid()
        for remark in plan.remarks:
            notes.add_row("-", Flow(remark.split(" "), " "))
        parts += [Text("Notes", style="bold"), notes, ""]
    return Group(*parts[:-1])


def _title(plan: Plan) -> RenderableType:
    settings = f"{count(len(plan.ranked))} of {count(plan.space.size)} settings"
    facts = [
        f"{plan.space.plain.name}: {settings} in {count(plan.spent)} runs",
        f"search: {plan.search}",
        f"seed {plan.seed}",
        "common random numbers",
        f"intervals of {_percent(plan.rules.confidence)} over all looks at a setting",
    ]
    return Flow(facts)


def _percent(part: float) -> str:
    return f"{part * 100:g} %"


def answer(plan: Plan) -> str:
    """Say what the plan found, in a sentence or two."""
    choice, units = plan.choice, Units(plan.space.plain)
    if choice is not None:
        cost = units.spread(plan.rules.minimise, choice.cost.value, choice.cost.half)
        sure = _percent(plan.rules.confidence)
        return f"{choice.label}: {cost}, and every objective is met with {sure} confidence."
    nearest = plan.nearest
    failed = [one for one in nearest.judgements if one.verdict is not Verdict.MET]
    told = "; ".join(_failure(units, judgement) for judgement in failed)
    none = "No setting meets the objectives"
    if plan.verdict is Verdict.INCONCLUSIVE:
        none += " for certain"
    return f"{none}. The nearest is {nearest.label}: {told}."


def _failure(units: Units, judgement: Judgement) -> str:
    found = judgement.estimate
    value = units.spread(judgement.objective.name, found.value, found.half)
    return f"{judgement.objective.text} is {judgement.verdict} ({value})"


def _objectives(plan: Plan, trial: Trial) -> Wide:
    units, table = Units(plan.space.plain), columns(
        ("objective", "left"), ("figure", "right"), ("verdict", "left")
    )  # fmt: skip
    for judgement in trial.judgements:
        found = judgement.estimate
        value = units.spread(judgement.objective.name, found.value, found.half)
        table.add_row(judgement.objective.text, value, str(judgement.verdict))
    return table


def _figures(plan: Plan, trial: Trial) -> Wide:
    units, table = Units(plan.space.plain), columns(("", "left"), ("", "right"), ("", "left"))
    table.show_header = False
    for name in plan.kpis:
        found = trial.estimate(name)
        table.add_row(name, units.spread(name, found.value, found.half), banded(plan, name))
    return table


def banded(plan: Plan, name: str) -> str:
    """Return ``assumptions 1.1 s to 4.9 s, from 1.8 s in 5 runs``; nothing if none moves *name*.

    A band has fewer runs than the choice, and so begins at another figure.
    """
    if plan.shaken is None or name not in plan.shaken.band.kpis:
        return ""
    reach = plan.shaken.band[name]
    if not reach.high > reach.low:
        return ""
    units, runs = Units(plan.space.plain), len(plan.shaken.band.base.runs)
    low, high, value = (units.brief(name, one) for one in (reach.low, reach.high, reach.value))
    return f"assumptions {low} to {high}, from {value} in {runs} runs"


def _settings(plan: Plan) -> Wide:
    minimise, units = plan.rules.minimise, Units(plan.space.plain)
    table = columns(
        ("setting", "left"), ("verdict", "left"), ("runs", "right"), (minimise, "right"),
        ("against the choice", "right"), (plan.latency, "right"), keys=3,
    )  # fmt: skip
    for trial in _shown(plan):
        table.add_row(*_setting(plan, trial, units))
    more = len(plan.ranked) - table.row_count
    if more > 0:
        table.add_row(f"and {more} more")
    return table


def _setting(plan: Plan, trial: Trial, units: Units) -> list[str]:
    cost, latency = trial.cost, trial.estimate(plan.latency)
    return [
        trial.label,
        "chosen" if trial is plan.choice else _verdict(trial),
        count(len(trial.runs)),
        units.spread(plan.rules.minimise, cost.value, cost.half),
        _premium(plan, trial, units),
        units.spread(plan.latency, latency.value, latency.half),
    ]


def _verdict(trial: Trial) -> str:
    if len(trial.runs) < 2 and trial.verdict is Verdict.INCONCLUSIVE:
        return f"not judged: {trial.skipped}" if trial.skipped else "not judged"
    return str(trial.verdict)


def _premium(plan: Plan, trial: Trial, units: Units) -> str:
    if plan.choice is None or trial is plan.choice:
        return ""
    found = trial.premium(plan.choice)
    text = units.spread(plan.rules.minimise, found.value, found.half)
    return text if found.value < 0 else f"+{text}"


def premium_words(units: Units, kpi: str, found: Estimate) -> str:
    """Say how much more of *kpi* a runner-up takes: ``6 ± 13 CNY more, or none``.

    *found* is its paired difference to the choice; one whose interval holds zero proves nothing.
    """
    text = units.spread(kpi, abs(found.value), found.half)
    more = "more" if found.value >= 0 else "less"
    return f"{text} {more}, or none" if found.low <= 0 <= found.high else f"{text} {more}"


def _shown(plan: Plan) -> list[Trial]:
    """Return the settings around the choice; those that were judged first."""
    judged = [trial for trial in plan.ranked if len(trial.runs) > 1]
    crowded = len(plan.ranked) > _MOST and len(judged) > _MOST // 2
    ranked = judged if crowded else plan.ranked
    at = ranked.index(plan.choice or plan.nearest)
    first = max(0, min(at - _AT, len(ranked) - _MOST))
    return ranked[first : first + _MOST]


def _assumptions(plan: Plan) -> Iterator[RenderableType]:
    shaken = plan.shaken
    if shaken is None:
        return
    flips = flip_texts(plan)
    if not flips:
        yield "The choice holds at every end of the assumptions it rests on."
    else:
        yield "The choice flips inside the band of the assumptions it rests on:"
    table = grid()
    for text in flips:
        table.add_row("-", Flow(text.split(" "), " "))
    for name in dict.fromkeys([plan.latency, plan.rules.minimise]):
        swings = shaken.band.swings(name)[:1]
        for swing in swings:
            table.add_row("-", f"{name} is moved most by {swing.assumption.name}")
    if shaken.unjudged:
        table.add_row("-", f"not judged there: {'; '.join(shaken.unjudged)}")
    yield table


def flip_texts(plan: Plan) -> list[str]:
    """Say where the choice flips, and why."""
    return [_flip(plan, flip) for flip in plan.shaken.flips] if plan.shaken else []


def _flip(plan: Plan, flip: Flip) -> str:
    units, why = Units(plan.space.plain), []
    for judgement in flip.missed:
        value = units.single(judgement.objective.name, judgement.estimate.value)
        why.append(f"it misses {judgement.objective.text} ({value})")
    if flip.saving > 0 and plan.shaken and plan.shaken.runner:
        saving = units.brief(plan.rules.minimise, flip.saving)
        why.append(f"{plan.shaken.runner.label} is cheaper by {saving}")
    where = ", ".join(f"{end.name} {write(end.value, end.unit)}" for end in flip.ends)
    if len(flip.ends) > 3:
        where = f"{len(flip.ends)} assumptions at an end together"
    return f"{where}: {'; '.join(why)}"


# ── JSON ──────────────────────────────────────────────────────────────────────────────────


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the whole plan as plain Python values; equal plans give equal documents."""
    return {
        "fcsim": __version__,
        "scenario": plan.space.plain.name,
        "seed": plan.seed,
        "answer": answer(plan),
        "verdict": str(plan.verdict),
        "choice": plain(plan.changes) if plan.choice else None,
        "minimise": plan.rules.minimise,
        "confidence": plan.rules.confidence,
        "confidence_of_one_look": plan.rules.narrow,
        "currency": plan.currency,
        "search": plan.search,
        "size": plan.space.size,
        "runs": plan.spent,
        "settings": [_setting_json(plan, trial) for trial in plan.ranked],
        "nearest": plain(plan.space.values(plan.nearest.setting)),
        "assumptions": _assumptions_json(plan),
        "remarks": list(plan.remarks),
    }


def _setting_json(plan: Plan, trial: Trial) -> dict[str, Any]:
    return {
        "setting": plain(plan.space.values(trial.setting)),
        "verdict": str(trial.verdict),
        "runs": len(trial.runs),
        "note": trial.skipped,
        "objectives": [
            {
                "objective": judgement.objective.text,
                "verdict": str(judgement.verdict),
                **plain(vars(judgement.estimate)),
            }
            for judgement in trial.judgements
        ],
        "kpis": {name: plain(vars(trial.estimate(name))) for name in plan.kpis},
    }


def _assumptions_json(plan: Plan) -> dict[str, Any] | None:
    if plan.shaken is None:
        return None
    band = plan.shaken.band
    reaches = {name: plain(vars(band[name])) for name in band.kpis}
    groups = {kind: [p.name for p in found] for kind, found in plan.assumptions.items()}
    return {"flips": flip_texts(plan), "bands": reaches, **groups}
