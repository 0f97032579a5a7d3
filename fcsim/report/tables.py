"""Text for terminals and pipes: the summary of a result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fcsim.report.console import Flow, columns, grid
from fcsim.report.costs import RESOURCES, Item, items
from fcsim.report.parameters import ParameterLines
from fcsim.report.values import count, money, share, write
from fcsim.sim.record import ERRORS
from fcsim.units import format_bytes, format_duration, format_number

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

    from fcsim.report.wide import Wide
    from fcsim.results.result import Result

__all__ = ["summary"]

_MOST_FUNCTIONS = 10
_QUANTILES = {
    "mean": "mean",
    "p50": "p50",
    "p90": "p90",
    "p95": "p95",
    "p99": "p99",
    "p999": "p99.9",
    "max": "max",
}
_OUTCOMES = ("completed", "throttled", "failed", "timed_out", "unfinished")


def summary(result: Result) -> Group:
    """Return everything ``fcsim run`` prints about a result, as a rich renderable.

    It needs no records, uses no box characters, and reads well from 80 columns on.
    """
    from rich.console import Group

    parts: list[RenderableType] = [_title(result), "", _figures(result)]
    sections: Iterable[tuple[str, RenderableType | None]] = (
        ("Times", _times(result)),
        ("Mean time of an instance's start by phase", _phases(result)),
        ("Errors", _errors(result)),
        ("Cost", _costs(result)),
        ("Functions, busiest first", _functions(result)),
        ("Assumptions this rests on", _assumptions(result)),
        ("Warnings", _warnings(result)),
    )
    for heading, content in sections:
        if content is not None:
            parts += ["", _bold(heading), content]
    return Group(*parts)


def _bold(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style="bold")


def _title(result: Result) -> RenderableType:
    scenario = result.scenario
    facts = [f"seed {result.seed}"]
    if result.replication:
        facts.append(f"replication {result.replication}")
    facts.append(f"{write(scenario.horizon, 'duration')} from {scenario.start:%Y-%m-%d %H:%M}")
    if scenario.warm_up:
        facts.append(f"first {write(scenario.warm_up, 'duration')} left out")
    facts.append(f"preset {scenario.platform.preset}, {scenario.platform.region}")
    engine = f" ({result.engine} engine)" if result.engine else ""
    facts.append(f"simulated in {format_duration(result.wall_seconds)}{engine}")
    return Flow([f"{scenario.name}: {facts[0]}", *facts[1:]])


# ── figures ───────────────────────────────────────────────────────────────────────────────


def _figures(result: Result) -> Table:
    table = grid()
    kpis = result.kpis
    if kpis["calls"]["arrived"]:
        table.add_row("Calls", Flow(_calls(kpis["calls"])))
    if kpis["messages"]["accepted"]:
        table.add_row("Messages", Flow(_messages(kpis["messages"])))
    table.add_row("Requests", Flow(_requests(kpis["requests"])))
    table.add_row("Cold starts", Flow(_cold_starts(kpis)))
    if kpis["queue"]["count"]:
        queued = f"{_number(kpis['queue']['count'], 'request')} ({share(kpis['queue']['ratio'])})"
        table.add_row("Queued", Flow([queued]))
    table.add_row("Instances", Flow(_instances(kpis["instances"])))
    table.add_row("Images", Flow(_images(kpis["image"])))
    return table


def _requests(figures: dict[str, Any]) -> Iterator[str]:
    arrived = figures["arrived"]
    yield f"{count(arrived)} arrived"
    yield from _parts(figures, arrived, _OUTCOMES)


def _calls(figures: dict[str, Any]) -> Iterator[str]:
    arrived = figures["arrived"]
    yield f"{count(arrived)} made"
    yield from _parts(figures, arrived, ("completed", "failed", "unfinished"))
    yield f"{figures['attempts_per_call']:.3g} requests for each"


def _messages(figures: dict[str, Any]) -> Iterator[str]:
    accepted = figures["accepted"]
    yield f"{count(accepted)} accepted"
    yield from _parts(figures, accepted, ("delivered", "failed", "expired", "unfinished"))
    yield f"{figures['attempts_per_message']:.3g} requests for each"


def _parts(figures: dict[str, Any], whole: int, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if figures[name]:
            text = name.replace("_", " ")
            yield f"{count(figures[name])} {text} ({share(figures[name] / whole)})"


def _cold_starts(kpis: dict[str, Any]) -> Iterator[str]:
    figures, waited = kpis["cold_start"], kpis["requests"]["waited"]
    number = figures["count"]
    yield (
        f"{_number(number, 'request')} ({share(figures['ratio'])} of completed)"
        if number
        else "none"
    )
    if waited:
        yield f"{count(waited)} more waited for a starting instance"


def _instances(figures: dict[str, Any]) -> Iterator[str]:
    yield f"{count(figures['created'])} created"
    yield f"at most {count(figures['peak'])} at once"
    mean, busy, idle = (format_number(figures[k]) for k in ("mean", "mean_busy", "mean_idle"))
    yield f"on average {mean} ({busy} busy, {idle} idle)"
    if figures["mean_life"] == figures["mean_life"]:
        yield f"mean life {format_duration(figures['mean_life'])}"


def _images(figures: dict[str, Any]) -> Iterator[str]:
    if not figures["bytes_pulled"] + figures["bytes_from_cache"]:
        yield "none pulled"
        return
    yield f"{format_bytes(figures['bytes_pulled'])} pulled in {_number(figures['pulls'], 'start')}"
    yield f"{format_bytes(figures['bytes_from_cache'])} found on hosts"
    yield f"{format_duration(figures['pull_seconds'])} of pulling billed"


def _number(number: int, thing: str) -> str:
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def _times(result: Result) -> Wide | None:
    """Return one row of quantiles for each kind of time that was measured."""
    rows = {
        "call": result.kpis["calls"]["latency"],
        "message": result.kpis["messages"]["delay"],
        "latency": result.kpis["latency"],
        "cold start": result.kpis["cold_start"],
        "queue": result.kpis["queue"],
    }
    table = columns(("", "left"), *((text, "right") for text in _QUANTILES.values()))
    for name, figures in rows.items():
        if figures["mean"] == figures["mean"]:
            times = (figures.get(key) for key in _QUANTILES)
            table.add_row(name, *("" if t is None else format_duration(t) for t in times))
    return table if table.row_count else None


def _phases(result: Result) -> Wide | None:
    means = {name: p["mean"] for name, p in result.kpis["cold_start"]["phase"].items()}
    if all(mean != mean for mean in means.values()):
        return None
    table = columns(*((name, "right") for name in means))
    table.add_row(*map(format_duration, means.values()))
    return table


# ── tables ────────────────────────────────────────────────────────────────────────────────


def _errors(result: Result) -> Wide | None:
    table = columns(("requests", "right"), ("status", "right"), ("code", "left"), ("when", "left"))
    for error in ERRORS[1:]:
        number = result.kpis["errors"][error.name]
        if number:
            table.add_row(count(number), str(error.status), error.name, error.when)
    return table if table.row_count else None


def _costs(result: Result) -> Wide | None:
    bill = result.bill
    table = columns(("", "left"), (bill.currency, "right"), ("share", "right"), ("for", "left"))
    for item in items(bill):
        part = share(item.amount / bill.total, 2) if item.amount > 0 and bill.total else ""
        table.add_row(item.name, money(item.amount), part, _quantities(item))
    month = result.kpis["cost"]["per_month"]
    table.add_row("total", money(bill.total), "", f"prices of {bill.book}")
    table.add_row("30 days like this", money(month), "", "")
    return table


def _quantities(item: Item) -> str:
    return ", ".join(
        f"{_quantity(quantity)} {unit}" + (f" {RESOURCES[resource]}" if unit == "GB·s" else "")
        for resource, (quantity, unit) in item.quantities.items()
    )


def _quantity(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def _functions(result: Result) -> RenderableType | None:
    from rich.console import Group

    functions = result.kpis["functions"]
    if len(functions) < 2:
        return None
    busiest = sorted(functions, key=lambda name: -functions[name]["requests"]["arrived"])
    right = ("requests", "success", "p50", "p99", "cold", "instances", result.bill.currency)
    table = columns(("function", "left"), *((heading, "right") for heading in right))
    for name in busiest[:_MOST_FUNCTIONS]:
        table.add_row(name, *_function(functions[name]))
    more = len(busiest) - _MOST_FUNCTIONS
    return Group(table, f"and {more} more") if more > 0 else table


def _function(kpis: dict[str, Any]) -> Sequence[str]:
    return (
        count(kpis["requests"]["arrived"]),
        share(kpis["requests"]["success_ratio"]),
        format_duration(kpis["latency"]["p50"]),
        format_duration(kpis["latency"]["p99"]),
        count(kpis["requests"]["cold"]),
        format_number(kpis["instances"]["mean"]),
        money(kpis["cost"]["total"]),
    )


def _assumptions(result: Result) -> RenderableType | None:
    from rich.console import Group

    if not result.assumptions:
        return None
    where = f"(all of it: fcsim presets {result.scenario.platform.preset})"
    return Group(ParameterLines(result.assumptions), where)


def _warnings(result: Result) -> RenderableType | None:
    if not result.warnings:
        return None
    table = grid()
    for warning in result.warnings:
        table.add_row("-", Flow(warning.split(" "), " "))
    return table
