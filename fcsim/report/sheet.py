"""The figures of reports as files, and in notebooks."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["content", "sheet_class"]

_DPI = 120
"""Makes a figure 10 inches wide 1,200 pixels wide."""
_NO_DATE: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


def content(figure: Figure, form: str) -> bytes:
    """Return *figure* as a file of the format *form*; equal figures give equal bytes."""
    import matplotlib

    stream = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "fcsim", "text.parse_math": False}):
        figure.savefig(stream, format=form, dpi=_DPI, metadata=_NO_DATE.get(form))
    return stream.getvalue()


@cache
def sheet_class() -> type[Figure]:
    """Return a class of figures that notebooks show though pyplot does not know them."""
    from matplotlib.figure import Figure

    class Sheet(Figure):
        """One figure of a report."""

        def _repr_png_(self) -> bytes:
            return content(self, "png")

    return Sheet
