"""A comparison on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.report.choice_tables import RULE, choice_section
from fcsim.report.compare_words import change_text, percent
from fcsim.report.console import Flow, columns
from fcsim.report.kpi_values import Units

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.report.wide import Wide
    from fcsim.study.compare import Comparison

__all__ = ["comparison_text"]


def comparison_text(comparison: Comparison) -> RenderableType:
    """Return what ``fcsim compare`` prints: sentences, then a table for each scenario."""
    from rich.console import Group
    from rich.text import Text

    units = Units(comparison.scenario)
    parts: list[RenderableType] = [_title(comparison), ""]
    parts += [Flow(sentence.split(" "), " ") for sentence in comparison.sentences]
    for name in comparison.others:
        heading = Text(f"{name} against {comparison.base}", style="bold")
        parts += ["", heading, _table(comparison, units, name)]
        if name in comparison.bands:
            parts += ["", *choice_section(comparison.bands[name])]
    if comparison.bands:
        parts += ["", Flow(RULE.split(" "), " ")]
    if comparison.failures:
        parts += ["", Text("Runs that failed", style="bold")]
        parts += [f"{name}, replication {k}: {error}" for name, k, error in comparison.failures]
    return Group(*parts)


def _title(comparison: Comparison) -> RenderableType:
    runs = f"{comparison.reps} runs each" if comparison.reps > 1 else "one run each"
    level = f"{comparison.confidence * 100:g} %"
    facts = [
        f"{comparison.scenario.name}: {runs}",
        f"seed {comparison.seed}",
        "common random numbers",
        f"intervals of {level} for each difference by itself",
    ]
    return Flow(facts)


def _table(comparison: Comparison, units: Units, name: str) -> Wide:
    table = columns(
        ("", "left"), (comparison.base, "right"), (name, "right"),
        ("difference (interval)", "right"), ("", "right"), ("noise left", "right"),
    )  # fmt: skip
    for kpi in comparison.shown:
        found = comparison.difference(name, kpi)
        relative, left = found.relative.value, found.variance_ratio
        table.add_row(
            kpi,
            units.single(kpi, found.base.value),
            units.single(kpi, found.other.value),
            change_text(units, found),
            "" if relative != relative else percent(relative),
            "" if left != left else percent(left),
        )
    return table
