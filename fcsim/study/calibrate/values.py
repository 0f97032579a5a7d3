"""Numbers as a scenario file writes them: five figures, a unit."""

from __future__ import annotations

from typing import Any

__all__ = ["assumption", "bandwidth", "duration", "rounded"]

_STEPS = ((1.0, "s"), (1e-3, "ms"), (0.0, "us"))
_FACTOR = {"s": 1.0, "ms": 1e3, "us": 1e6}


def rounded(value: float) -> float:
    """Return *value* to five figures."""
    return float(f"{value:.5g}")


def duration(seconds: float) -> str:
    """Return ``123.45 ms``; 0 is ``0 s``."""
    if seconds == 0:
        return "0 s"
    unit = next(unit for least, unit in _STEPS if seconds >= least)
    return f"{_plain(seconds * _FACTOR[unit])} {unit}"


def bandwidth(rate: float) -> str:
    """Return ``205.2 MB/s``."""
    return f"{_plain(rate / 1e6)} MB/s"


def _plain(number: float) -> str:
    text = f"{rounded(number):f}" if abs(number) < 1e15 else repr(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def assumption(value: Any, date: str, ends: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return an entry of ``assumptions`` with its provenance."""
    entry: dict[str, Any] = {"value": value}
    if ends is not None:
        entry["range"] = list(ends)
    return {**entry, "source": "calibrated", "date": date}
