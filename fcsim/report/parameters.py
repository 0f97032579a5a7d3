"""Parameters as text and JSON: value, range, provenance and source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fcsim.report.values import bounds, cut, plain, written
from fcsim.scenario.parameters import Parameter

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, Group
    from rich.text import Text

__all__ = ["ParameterLines", "parameter_json", "preset_table", "presets_json", "remark"]

_WIDEST = (42, 12, 24)
"""Columns to which name, value and range are aligned; what is longer takes from the next."""
_LEAST_NOTE = 20
"""Columns below which a note is left out rather than cut."""


class ParameterLines:
    """A rich renderable: one line a parameter, with as much of its note as the width leaves."""

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        """Show *parameters* in their order."""
        self._parameters = list(parameters)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, each cut to the width at hand."""
        from rich.text import Text

        heads, remarks = _columns(self._parameters), map(remark, self._parameters)
        for head, note in zip(heads, remarks, strict=True):
            room = options.max_width - len(head) - 2
            line = Text(head.rstrip(), no_wrap=True, overflow="fold")
            if room >= _LEAST_NOTE:
                line = Text.assemble(f"{head}  ", (cut(note, room), "dim"))
            yield line


def _columns(parameters: list[Parameter]) -> list[str]:
    """Return name, value and range of each parameter, aligned where they begin."""
    rows = [(p.name, written(p), bounds(p)) for p in parameters]
    widths = [min(max((len(row[k]) for row in rows), default=0), _WIDEST[k]) for k in range(3)]
    return [_aligned(row, widths) for row in rows]


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    line, begin = "", 0
    for cell, width in zip(cells, widths, strict=True):
        line = line.ljust(begin) + (cell + "  " if cell else "")
        begin += width + 2
    return line.ljust(begin)[:-2] if len(line) < begin else line.rstrip()


def remark(parameter: Parameter) -> str:
    """Say what a value means, where it comes from, and what else could be chosen."""
    plain_source = parameter.provenance == "assumed" or parameter.source == parameter.provenance
    source = "" if plain_source else parameter.source
    others = [choice for choice in parameter.choices if choice != parameter.value]
    choice = f"others: {', '.join(others)}" if others else ""
    if parameter.provenance == "documented":
        choice = ""
    return "; ".join(filter(None, (parameter.note, source, parameter.date, choice)))


def preset_table(parameters: Mapping[str, Parameter]) -> Group:
    """Return all *parameters* in full, a blank line between groups (``limits``, ``scaling`` …)."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    shown = list(parameters.values())
    parts: list[Any] = []
    for parameter, head in zip(shown, _columns(shown), strict=True):
        told = ": ".join(filter(None, (parameter.provenance, remark(parameter))))
        parts += [Text(head.rstrip()), Padding(Text(told, style="dim"), (0, 0, 0, 4))]
    groups = [parameter.name.split(".")[0] for parameter in shown]
    for k in reversed(range(1, len(shown))):
        if groups[k] != groups[k - 1]:
            parts.insert(2 * k, "")
    return Group(*parts)


def presets_json(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return *parameters* by name as JSON can hold them; see :func:`parameter_json`."""
    return {name: parameter_json(parameter) for name, parameter in parameters.items()}


def parameter_json(parameter: Parameter) -> dict[str, Any]:
    """Return a parameter in inner units (seconds, bytes) and as people write it.

    ``null`` stands for no limit in a value, and for no bound in ``low`` and ``high``.
    """
    content = {
        "value": parameter.value,
        "low": parameter.low,
        "high": parameter.high,
        "unit": parameter.unit,
        "text": written(parameter),
        "provenance": parameter.provenance,
        "source": parameter.source,
        "note": parameter.note,
        "choices": list(parameter.choices),
        "date": parameter.date,
    }
    plain_content: dict[str, Any] = plain(content)
    return plain_content
