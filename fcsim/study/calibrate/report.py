"""What a calibration returns: plain objects, and how a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.units import format_duration

if TYPE_CHECKING:
    import pandas as pd

    from fcsim.scenario.model import Scenario
    from fcsim.study.calibrate.holdout import Prediction

__all__ = ["Calibration", "Estimate", "Fit", "Unidentified", "shown"]


@dataclass(frozen=True)
class Estimate:
    """One number with its 95 % interval, in fcsim's inner unit."""

    name: str
    value: float
    low: float
    high: float
    unit: str = "duration"
    """``duration``, ``bandwidth``, ``share`` or ``number``."""


@dataclass(frozen=True)
class Fit:
    """One value of the scenario, fitted."""

    path: str
    """Where it stands in the scenario: ``functions.checkout.service.time``."""
    written: Any
    """The value as the scenario file has it; None: reported, not written."""
    estimates: tuple[Estimate, ...]
    number: int
    """Observations behind it."""
    rule: str
    """How value and interval were obtained, in words."""
    warnings: tuple[str, ...] = ()
    evidence: Any = None
    """What a figure shows: a Sample, Gaps or Choices."""
    companions: Mapping[str, Any] = field(default_factory=dict)
    """Other paths that must change with it, and their values."""

    @property
    def changes(self) -> dict[str, Any]:
        """What is written into the scenario, by path."""
        return {} if self.written is None else {self.path: self.written, **self.companions}


@dataclass(frozen=True)
class Unidentified:
    """A value that the log does not settle, and why."""

    path: str
    why: str


@dataclass
class Calibration:
    """Everything that was learnt from logs about one scenario."""

    source: str | Path | Mapping[str, Any]
    """The scenario that was calibrated: its file or mapping."""
    date: str
    fits: list[Fit]
    unidentified: list[Unidentified]
    remarks: list[str]
    """What else the reader must know: rows left out, how the log was read."""
    requests: int
    """Requests that the fits look at."""
    seconds: float
    """Time from the first to the last of them."""
    predictions: list[Prediction] = field(default_factory=list)
    """Predicted against observed over the held-out part of the log."""
    held_out: float = 0.0
    """Seconds that were held out."""
    replications: int = 0

    @property
    def changes(self) -> dict[str, Any]:
        """All values to be written into the scenario, by path."""
        changes: dict[str, Any] = {}
        for fit in self.fits:
            changes |= fit.changes
        return changes

    @property
    def warnings(self) -> list[str]:
        """The warnings of all fits, each with its path."""
        return [f"{fit.path}: {text}" for fit in self.fits for text in fit.warnings]

    def scenario(self, **overrides: Any) -> Scenario:
        """Return the scenario with the calibrated values; *overrides* go to ``load``."""
        from fcsim.scenario.loader import load

        more = overrides.pop("overrides", {})
        return load(self.source, overrides={**self.changes, **more}, **overrides)

    def fit(self, path: str) -> Fit:
        """Return the fit of *path*; KeyError when there is none."""
        for fit in self.fits:
            if fit.path == path:
                return fit
        raise KeyError(path)

    def to_frame(self, table: str = "fits") -> pd.DataFrame:
        """Return ``fits`` (one row an estimate), ``unidentified`` or ``predictions``."""
        import pandas as pd

        from fcsim.study.calibrate.holdout import Prediction

        if table == "predictions":
            return pd.DataFrame(
                [vars(p) for p in self.predictions], columns=[f.name for f in fields(Prediction)]
            )
        if table == "unidentified":
            rows = [(one.path, one.why) for one in self.unidentified]
            return pd.DataFrame(rows, columns=["path", "why"])
        listed = [
            (fit.path, e.name, e.value, e.low, e.high, e.unit, fit.number, fit.rule)
            for fit in self.fits
            for e in fit.estimates
        ]
        heads = ["path", "name", "value", "low", "high", "unit", "number", "rule"]
        return pd.DataFrame(listed, columns=heads)

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the calibrated scenario to *path*; see :mod:`fcsim.study.calibrate.writing`."""
        from fcsim.study.calibrate.writing import write

        return write(self, Path(path), force=force)

    def _repr_html_(self) -> str:
        """Show values, what is not identified, and predictions in a notebook."""
        fits = [
            (fit.path, e.name, shown(e.value, e.unit), _interval(e), str(fit.number))
            for fit in self.fits
            for e in fit.estimates
        ]
        html = _table("Calibrated values", ("path", "", "value", "95 % interval", "from"), fits)
        if self.unidentified:
            rows = [(one.path, one.why) for one in self.unidentified]
            html += _table("Not identified", ("path", "why"), rows)
        if self.predictions:
            cells = [p.cells() for p in self.predictions]
            heads = ("function", "figure", "observed", "predicted", "95 % of runs", "error", "")
            html += _table("Predicted against observed", heads, cells)
        return html


def shown(value: float, unit: str) -> str:
    """Write *value* for people."""
    if value != value:
        return "–"
    if value in (float("inf"), float("-inf")):
        return "no bound"
    if unit == "duration":
        return format_duration(value) if abs(value) >= 600 else _duration(value)
    if unit == "bandwidth":
        return f"{value / 1e6:.4g} MB/s"
    if unit == "share":
        return f"{value * 100:.3g} %"
    return f"{value:.4g}"


def _duration(seconds: float) -> str:
    size = abs(seconds)
    unit, factor = (
        ("s", 1.0) if size >= 1 or not size else ("ms", 1e3) if size >= 1e-3 else ("us", 1e6)
    )
    return f"{seconds * factor:.4g} {unit}"


def _interval(estimate: Estimate) -> str:
    low, high = (shown(end, estimate.unit) for end in (estimate.low, estimate.high))
    return f"{low} to {high}"


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"
