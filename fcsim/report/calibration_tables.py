"""A calibration as tables for terminals, and as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fcsim import __version__
from fcsim.report.console import columns
from fcsim.report.values import plain
from fcsim.study.calibrate.report import shown
from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.report.wide import Wide
    from fcsim.study.calibrate.report import Calibration

__all__ = ["calibration_json", "tables"]


def tables(report: Calibration) -> RenderableType:
    """Return what was fitted, what could not be, and predicted against observed."""
    from rich.console import Group
    from rich.padding import Padding

    parts: list[RenderableType] = [_title(report), _fits(report), *_rules(report)]
    if report.unidentified:
        parts += ["\nNot identified", _unidentified(report)]
    notes = [*report.warnings, *report.remarks]
    if notes:
        parts += ["\nNotes", *(Padding(note, (0, 0, 0, 2)) for note in notes)]
    if report.predictions:
        parts += [f"\n{_held_out(report)}", _predictions(report)]
    return Group(*parts)


def _title(report: Calibration) -> str:
    return (
        f"Calibrated from {report.requests:,} requests in {format_duration(report.seconds)}; "
        "intervals are 95 %\n"
    )


def _fits(report: Calibration) -> Wide:
    table = columns(
        ("value", "left"), ("", "left"), ("fitted", "right"), ("interval", "right"),
        ("from", "right"),
    )  # fmt: skip
    for fit in report.fits:
        path = fit.path if fit.written is not None else f"{fit.path}, not written"
        for one in fit.estimates or ():
            low, high = shown(one.low, one.unit), shown(one.high, one.unit)
            interval = f"{low} to {high}"
            table.add_row(path, one.name, shown(one.value, one.unit), interval, f"{fit.number:,}")
            path = ""
        if not fit.estimates:
            table.add_row(path, fit.rule.partition(":")[0], "", "", f"{fit.number:,}")
    return table


def _rules(report: Calibration) -> list[RenderableType]:
    from rich.padding import Padding

    rules = [Padding(f"{fit.path}: {fit.rule}", (0, 0, 0, 2)) for fit in report.fits]
    return ["\nHow", *rules] if rules else []


def _unidentified(report: Calibration) -> Wide:
    table = columns(("value", "left"), ("why", "left"))
    for one in report.unidentified:
        table.add_row(f"  {one.path}", one.why)
    return table


def _held_out(report: Calibration) -> str:
    return (
        f"Predicted against observed: the last {format_duration(report.held_out)}, "
        f"{report.replications} runs"
    )


def _predictions(report: Calibration) -> Wide:
    table = columns(
        ("function", "left"), ("figure", "left"), ("observed", "right"), ("predicted", "right"),
        ("95 % of runs", "right"), ("error", "right"), ("", "right"),
    )  # fmt: skip
    for prediction in report.predictions:
        table.add_row(*prediction.cells())
    return table


def calibration_json(report: Calibration) -> dict[str, Any]:
    """Return the report as plain Python values, in fcsim's inner units; undefined is None."""
    return {
        "fcsim": __version__,
        "date": report.date,
        "requests": report.requests,
        "seconds": report.seconds,
        "fits": [
            {
                "path": fit.path,
                "written": plain(fit.written),
                "estimates": [plain(vars(one)) for one in fit.estimates],
                "number": fit.number,
                "rule": fit.rule,
                "warnings": list(fit.warnings),
            }
            for fit in report.fits
        ],
        "unidentified": [vars(one) for one in report.unidentified],
        "remarks": report.remarks,
        "predictions": [
            plain({**vars(one), "error": one.error, "relative": one.relative})
            for one in report.predictions
        ],
    }
