"""A sweep on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fcsim.report.console import Flow, columns
from fcsim.report.kpi_values import Units
from fcsim.report.values import cut
from fcsim.report.wide import Heading, Wide
from fcsim.study.table_files import plain_cell

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.study.sweep import Sweep

__all__ = ["short_paths", "sweep_text"]

_MOST = 60


def sweep_text(sweep: Sweep) -> RenderableType:
    """Return what ``fcsim sweep`` prints: a row a setting, then what failed."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [_title(sweep), "", _table(sweep)]
    more = len(sweep.points) - _MOST
    if more > 0:
        parts.append(f"and {more} more")
    errors = [Flow([error], " ") for error in _errors(sweep)]
    if errors:
        parts += ["", Text("Settings that failed", style="bold"), *errors]
    return Group(*parts)


def _title(sweep: Sweep) -> RenderableType:
    facts = [f"{sweep.scenario.name}: {len(sweep.points)} settings", f"seed {sweep.seed}"]
    facts.append(f"{sweep.reps} runs each" if sweep.reps > 1 else "one run each")
    if sweep.reps > 1:
        facts.append("± half the 95 % interval")
    if sweep.shard != (1, 1):
        facts.append("shard {}/{}".format(*sweep.shard))
    return Flow(facts)


def _table(sweep: Sweep) -> Wide:
    units = Units(sweep.scenario)
    paths = (path.replace("_", "_\n") for path in short_paths(sweep.paths))
    kpis = (".\n".join(kpi.rsplit(".", 1)) for kpi in sweep.shown)  # two lines: narrow columns
    headings: list[Heading] = [(heading, "right") for heading in (*paths, *kpis)]
    table = columns(*headings, keys=len(sweep.paths))
    for point in sweep.points[:_MOST]:
        setting = sweep.settings[point - 1]
        cells = [cut(str(plain_cell(setting[path])), 30) for path in sweep.paths]
        found = [(kpi, sweep.estimate(point, kpi)) for kpi in sweep.shown]
        table.add_row(*cells, *(units.spread(kpi, one.value, one.half) for kpi, one in found))
    return table


def short_paths(paths: Sequence[str]) -> list[str]:
    """Return the last part of each path, or whole paths when those are not all different."""
    last = [path.rpartition(".")[2] for path in paths]
    return last if len(set(last)) == len(last) else list(paths)


def _errors(sweep: Sweep) -> list[str]:
    """Return a line for each error of a setting, however many of its runs it ended."""
    runs: dict[tuple[int, str], list[int]] = {}
    for run in sweep.failures:
        runs.setdefault((run.point, run.outcome.error), []).append(run.replication)
    return [
        f"point {point}, {len(which)} of {sweep.reps} runs: {error}"
        for (point, error), which in runs.items()
    ]
