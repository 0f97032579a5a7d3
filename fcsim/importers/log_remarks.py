"""What a reader of a scenario from request logs must know, as remarks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from fcsim.importers.imported import Remark
from fcsim.importers.log_summary import PHASES, FunctionLog, LogSummary, quantiles
from fcsim.units import MIB, format_duration

__all__ = ["log_remarks"]

_FIELDS = dict(
    zip(
        PHASES,
        ("coldStartLatencyMs", "prepareCodeLatencyMs", "runtimeInitializationMs",
         "scheduleLatencyMs"),
        strict=True,
    )
)  # fmt: skip
_LONG = 31 * 86_400.0


def log_remarks(
    summary: LogSummary, durations: Sequence[Remark], measured: Collection[str]
) -> list[Remark]:
    """Return the remarks on *summary*, on cold *durations* and on *measured* assumptions."""
    remarks = [*_window(summary), *durations, *_measured(measured)]
    for function, log in summary.functions.items():
        remarks += _function(summary, function, log)
    return remarks


def _window(summary: LogSummary) -> Iterator[Remark]:
    first, last = (datetime.fromtimestamp(t, UTC) for t in (summary.first, summary.last))
    text = f"requests from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"
    if summary.last - summary.first > _LONG:
        text += "; that is long: if a clock went astray, cut with --from and --to"
    yield Remark("note", "horizon", text)
    if summary.backwards:
        text = (
            f"{summary.backwards:,} rows are earlier than the row before, by "
            f"{format_duration(summary.furthest_back)} at most; the trace is sorted when it is read"
        )
        yield Remark("note", "invocationStartTimestamp", text)
    if summary.handed_early:
        text = f"{summary.handed_early:,} rows reach the function before they arrive: clocks differ"
        yield Remark("note", "invokeFunctionStartTimestamp", text)


def _measured(measured: Collection[str]) -> Iterator[Remark]:
    if "start.create" in measured:
        text = "0 s: runtimeInitializationMs, which server.start follows, begins with it"
        yield Remark("assumed", "assumptions.start.create", text)
    if "start.placing" in measured:
        text = "measured: scheduleLatencyMs of cold rows"
        yield Remark("assumed", "assumptions.start.placing", text)


def _function(summary: LogSummary, function: str, log: FunctionLog) -> Iterator[Remark]:
    at = f"functions.{log.name}"
    yield Remark("note", at, f"{function}: {log.rows:,} requests, {log.cold:,} of them cold")
    for phase, field in _FIELDS.items():
        values = quantiles(summary.phases[phase], (0.5, 0.95, 1.0), log.code)
        if values:
            median, p95, most = map(format_duration, values)
            text = f"{field} of cold rows: median {median}, p95 {p95}, max {most}"
            yield Remark("note", at, text)
    yield from _settings(summary, log, at)
    yield from _odd_rows(log, at)


def _settings(summary: LogSummary, log: FunctionLog, at: str) -> Iterator[Remark]:
    text = f"{summary.sweep.most(log.code)}: most requests seen at once on one instance; the "
    yield Remark("assumed", f"{at}.instance_concurrency", text + "setting may be higher")
    if len(log.memory) > 1:
        sizes = ", ".join(f"{size / MIB:g} MB" for size, _ in log.memory.most_common(5))
        text = f"the log has several sizes ({sizes}); the most frequent was taken"
        yield Remark("assumed", f"{at}.memory_size", text)
    if log.minimum:
        text = (
            f"{summary.min_instances(log.code)}: most Provision instances that served in one "
            f"hour ({log.minimum:,} requests)"
        )
        yield Remark("assumed", f"{at}.scaling_config.min_instances", text)


def _odd_rows(log: FunctionLog, at: str) -> Iterator[Remark]:
    if log.asynchronous:
        text = f"{log.asynchronous:,} asynchronous requests arrive as synchronous ones"
        yield Remark("not modelled", at, text)
    if log.failed:
        text = f"{log.failed:,} requests failed; they arrive and take their time like the others"
        yield Remark("not modelled", at, text)
