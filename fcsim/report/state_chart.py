"""States of a run side by side, or one after the other under a slider."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.report import style
from fcsim.report.life_rows import BUSY, IDLE, PRE_STOP
from fcsim.report.sheet import content
from fcsim.report.stacks import BANDS, bytes_axis
from fcsim.report.state_at import HostState, InstanceState, States
from fcsim.report.values import count, cut
from fcsim.results.instance_figures import PHASES
from fcsim.units import format_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.results.result import Result

__all__ = ["Slides", "animate", "steps"]

_SQUARES = 12
"""Most instances of a host that are drawn."""
_COLUMNS = 3
_FILLS = {IDLE: "#dce6ec", BUSY: "#55606a", PRE_STOP: "#a9a9a9"}
"""Squares of instances that have been ready; those that start are white, with a sign."""
_SIGNS = {phase: "?" if phase == "placing" else phase[0] for phase in PHASES}


def steps(result: Result, times: Sequence[float] | None = None, *, most: int = 6) -> Figure:
    """Draw the state at each of *times* (seconds since the start of the run), side by side.

    A row a host, the first *most* of them: what its cache holds, what is on its way, and its
    instances. Without *times*, six instants of the time in which images come.

    UsageError when the run was not traced, or no time is given.
    """
    states = States(result)
    chosen = _times(states, times, 6)
    view = _Board(states, most, chosen)
    columns = min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    size = (4.0 * columns + 1.0, rows * (1.25 + 0.5 * len(view.hosts)) + 1.4)
    grid: dict[str, Any] = {"nrows": rows, "ncols": columns, "squeeze": False}
    with style.sheet(result, size, sharex=True, sharey=True, **grid) as (figure, axes):
        style.headline(figure, view.headline())
        for panel, at in zip(axes.flat, chosen, strict=False):
            view.draw(panel, at)
        for panel in list(axes.flat)[len(chosen) :]:
            panel.set_axis_off()
        view.legend(figure)
    return figure


class Slides:
    """Pictures under a slider, in one piece of HTML that loads nothing."""

    def __init__(self, pictures: Sequence[bytes], titles: Sequence[str]) -> None:
        """Show *pictures* (PNG) one at a time, each with its title."""
        self.pictures, self.titles = list(pictures), list(titles)

    def html(self) -> str:
        """Return the slider and the pictures."""
        shown = "".join(
            f'<img alt="{escape(title)}" src="data:image/png;base64,{b64encode(one).decode()}" '
            f'style="max-width:100%"{" hidden" if number else ""}>'
            for number, (one, title) in enumerate(zip(self.pictures, self.titles, strict=True))
        )
        turn = (
            "const v=+this.value;this.parentNode.querySelectorAll('img')"
            ".forEach((one,k)=>{one.hidden=k!==v})"
        )
        last = len(self.pictures) - 1
        slider = (
            f'<input type="range" min="0" max="{last}" value="0" oninput="{turn}" '
            'aria-label="instant" style="width:100%">'
        )
        return f"<div>{slider}{shown}</div>"

    def save(self, path: str | Path) -> Path:
        """Write a page of its own and return its path."""
        target = Path(path)
        head = f'<head><meta charset="utf-8"><title>{escape(self.titles[0])}</title></head>'
        page = f'<!doctype html>\n<html lang="en">{head}<body>{self.html()}</body></html>\n'
        target.write_text(page, "utf-8")
        return target

    def _repr_html_(self) -> str:
        return self.html()


def animate(
    result: Result, times: Sequence[float] | None = None, *, most: int = 6, frames: int = 20
) -> Slides:
    """Return the states at *times*, one after the other, for a notebook or a page.

    Without *times*, *frames* instants of the time in which images come. Each is drawn as in
    :func:`steps`. It needs neither a network nor a program for films.

    UsageError when the run was not traced, or no time is given.
    """
    states = States(result)
    chosen = _times(states, times, frames)
    view = _Board(states, most, chosen)
    pictures = []
    for at in chosen:
        size = (8.0, 2.4 + 0.5 * len(view.hosts))
        with style.sheet(result, size) as (figure, axes):
            view.draw(axes, at)
            view.legend(figure)
        pictures.append(content(figure, "png"))
    return Slides(pictures, [f"t = {at:.3f} s" for at in chosen])


def _times(states: States, times: Sequence[float] | None, number: int) -> list[float]:
    if times is None:
        begin, end = states.eventful()
        return [float(at) for at in np.linspace(begin, end, number)]
    if not len(times):
        raise UsageError("no time was given: name the instants to be drawn, in seconds")
    return [float(at) for at in times]


class _Board:
    """Draws states: the same hosts, colours and scale each time."""

    def __init__(self, states: States, most: int, times: Sequence[float]) -> None:
        self._states = states
        self.hosts = states.hosts[:most]
        self._seen = {at: [states.host(host, at) for host in self.hosts] for at in times}
        every = [state for seen in self._seen.values() for state in seen]
        entries = {one.entry for state in every for one in state.held}
        entries |= {one.entry for state in every for one in state.arriving}
        self._bands = {entry: band for band, entry in enumerate(sorted(entries))}
        self._doing = {one.what for state in every for one in state.instances}
        self._most = states.most_bytes(self.hosts) or 1.0

    def headline(self) -> str:
        """Say what is seen, and what not."""
        shown, every = len(self.hosts), len(self._states.hosts)
        of = f"The first {count(shown)} of {count(every)} hosts"
        whose = of if shown < every else "The host" if every == 1 else f"All {count(every)} hosts"
        return f"{whose}, moment by moment: what is there, what is on its way, what instances do"

    def draw(self, axes: Axes, at: float) -> None:
        """Draw the state at an instant."""
        for row, state in enumerate(self._seen[at]):
            self._draw_cache(axes, row, state)
            _draw_instances(axes, row, state.instances)
        if self._states.capacity <= 1.5 * self._most:
            axes.axvline(self._states.capacity, color=style.INK, linewidth=1.0, ls=(0, (5, 3)))
        bytes_axis(axes.xaxis, parts=4)
        axes.set_xlim(0, 1.04 * self._most)
        if self._states.capacity <= 1.5 * self._most:
            axes.set_xlim(0, 1.04 * max(self._most, self._states.capacity))
        axes.set_ylim(len(self.hosts) - 0.5, -0.5)
        axes.set_yticks(range(len(self.hosts)), [f"host {host}" for host in self.hosts])
        axes.grid(visible=False, axis="y")
        axes.set_title(f"t = {at:.2f} s\n{self._told(at)}")

    def _told(self, at: float) -> str:
        flow, waiting = self._states.rates(at), self._states.waiting(at)
        told = "nothing flows"
        if len(flow):
            low, high = (f"{format_bytes(float(rate))}/s" for rate in (flow.min(), flow.max()))
            each = high if low == high else f"{low} to {high}"
            told = f"{count(len(flow))} flow at {each}"
        return f"{told}; {count(waiting) if waiting else 'none'} wait{'s' * (waiting < 2)}"

    def _draw_cache(self, axes: Axes, row: int, state: HostState) -> None:
        place, y = 0.0, row - 0.14
        look: dict[str, Any] = {"height": 0.34, "linewidth": 0.6}
        for entry, size in state.held:
            axes.barh(y, size, left=place, color=self._colour(entry), ec="white", **look)
            place += size
        for entry, size, share in state.arriving:
            fill = self._colour(entry)
            axes.barh(y, size, left=place, color="none", ec=fill, ls=":", **look)
            got: dict[str, Any] = {"color": fill, "alpha": 0.4, "hatch": "////", "ec": "white"}
            axes.barh(y, size * share, left=place, **got, **look)
            place += size

    def _colour(self, entry: int) -> str:
        return BANDS[self._bands[entry] % len(BANDS)]

    def legend(self, figure: Figure) -> None:
        """Explain what is seen at any of the instants."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        names = self._states.trace.entries
        handles: list[Any] = [
            Patch(color=self._colour(entry), label=cut(names[entry], 30)) for entry in self._bands
        ]
        if handles:
            on_the_way: dict[str, Any] = {"facecolor": "#bbbbbb", "edgecolor": "white"}
            handles.append(Patch(hatch="////", label="on its way, received so far", **on_the_way))
        starting = [f"{sign} {phase}" for phase, sign in _SIGNS.items() if phase in self._doing]
        labels = {"white": f"instance starts: {', '.join(starting)}"} if starting else {}
        labels |= {fill: f"instance {what}" for what, fill in _FILLS.items() if what in self._doing}
        handles += [
            Line2D([], [], marker="s", ls="", mfc=fill, mec=_edge(fill), ms=8, label=label)
            for fill, label in labels.items()
        ]
        style.legend_of(figure, handles, 4)


def _draw_instances(axes: Axes, row: int, instances: Sequence[InstanceState]) -> None:
    """Draw a square an instance: the sign of its phase, or the number of its requests."""
    place: dict[str, Any] = {"transform": axes.get_yaxis_transform()}
    for number, (what, requests) in enumerate(instances[:_SQUARES]):
        at = 0.03 + 0.065 * number
        fill = _FILLS.get(what, "white")
        axes.scatter(
            at, row + 0.27, s=95, marker="s", color=fill, ec=_edge(fill), zorder=3, **place
        )
        letter = (str(requests) if requests else "") if what in _FILLS else _SIGNS[what]
        ink: dict[str, Any] = {"color": style.INK if what not in _FILLS else "white"}
        axes.text(
            at, row + 0.27, letter, ha="center", va="center_baseline", fontsize=7.5, zorder=4,
            **ink, **place,
        )  # fmt: skip
    if len(instances) > _SQUARES:
        more = f"+ {len(instances) - _SQUARES}"
        axes.text(0.03 + 0.065 * _SQUARES, row + 0.27, more, va="center", fontsize=8, **place)


def _edge(fill: str) -> str:
    return style.INK if fill == "white" else fill
