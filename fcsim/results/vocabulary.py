"""The names of all KPIs: the one vocabulary of JSON output, objectives, sweeps and reports.

Each name exists for the whole run (``latency.p99``) and for each function
(``functions.checkout.latency.p99``). What is not defined (a latency when nothing completed) is
NaN, and null in JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fcsim.errors import UsageError, nearest
from fcsim.sim.record import ERRORS

__all__ = ["BY_NAME", "KPIS", "Kpi", "find", "flatten", "lookup", "nest"]

_KINDS = {"s": "duration", "bytes": "data", "share": "share"}


@dataclass(frozen=True)
class Kpi:
    """One figure of merit.

    ``unit`` is ``count`` (a whole number), ``instances`` (a time average), ``number`` (another
    mean), ``s``, ``bytes``, ``share`` (a fraction) or ``money`` (in the price book's currency).
    """

    name: str
    unit: str
    meaning: str

    @property
    def kind(self) -> str | None:
        """The kind of quantity (:mod:`fcsim.units`) of its values; None for bare numbers."""
        return _KINDS.get(self.unit)


_PHASES = {
    "placing": "created → placed",
    "credential": "placed → temporary password obtained",
    "pull": "password obtained → image ready on the host",
    "create": "image ready → container started",
    "server": "container started → server answers",
    "initializer": "server answers → ready",
}

KPIS: tuple[Kpi, ...] = (
    Kpi("requests.arrived", "count", "requests that arrived in the window [warm_up, horizon)"),
    Kpi("requests.completed", "count", "of these: ended with the function's own response"),
    Kpi("requests.failed", "count", "of these: ended with an error other than the next two"),
    Kpi("requests.throttled", "count", "of these: refused with 429 or 503"),
    Kpi("requests.timed_out", "count", "of these: cut at the function's timeout"),
    Kpi("requests.unfinished", "count", "of these: still under way when the drain ended"),
    Kpi("requests.cold", "count", "handed to an instance that their own arrival caused"),
    Kpi("requests.waited", "count", "handed to an instance that was starting when they arrived"),
    Kpi("requests.queued", "count", "handed over after waiting in the overflow queue"),
    Kpi("requests.success_ratio", "share", "completed / arrived"),
    Kpi("latency.mean", "s", "arrival → response, over completed requests"),
    Kpi("latency.p50", "s", "median of the same times"),
    Kpi("latency.p90", "s", "90 % quantile of the same times"),
    Kpi("latency.p95", "s", "95 % quantile of the same times"),
    Kpi("latency.p99", "s", "99 % quantile of the same times"),
    Kpi("latency.p999", "s", "99.9 % quantile of the same times"),
    Kpi("latency.max", "s", "longest of the same times"),
    Kpi("calls.arrived", "count", "calls of clients and users that began in the window"),
    Kpi("calls.completed", "count", "of these: answered by the function, after any attempts"),
    Kpi("calls.failed", "count", "of these: given up after an error"),
    Kpi("calls.unfinished", "count", "of these: without a last answer when the drain ended"),
    Kpi("calls.success_ratio", "share", "completed / arrived"),
    Kpi("calls.attempts_per_call", "number", "requests sent for one of these calls"),
    Kpi("calls.latency.mean", "s", "first attempt → last answer, over completed calls"),
    Kpi("calls.latency.p50", "s", "median of the same times"),
    Kpi("calls.latency.p95", "s", "95 % quantile of the same times"),
    Kpi("calls.latency.p99", "s", "99 % quantile of the same times"),
    Kpi("calls.latency.max", "s", "longest of the same times"),
    Kpi("messages.accepted", "count", "asynchronous invocations accepted in the window"),
    Kpi("messages.delivered", "count", "of these: the function completed one attempt"),
    Kpi("messages.failed", "count", "of these: given up after an error"),
    Kpi("messages.expired", "count", "of these: dropped as too old"),
    Kpi("messages.unfinished", "count", "of these: still waiting or in process at the end"),
    Kpi("messages.attempts_per_message", "number", "requests sent for one of these messages"),
    Kpi("messages.delay.mean", "s", "acceptance → success, over delivered messages"),
    Kpi("messages.delay.p50", "s", "median of the same times"),
    Kpi("messages.delay.p95", "s", "95 % quantile of the same times"),
    Kpi("messages.delay.p99", "s", "99 % quantile of the same times"),
    Kpi("messages.delay.max", "s", "longest of the same times"),
    Kpi("messages.on_success", "count", "of these: told to the destination on_success"),
    Kpi("messages.on_failure", "count", "of these: told to the destination on_failure"),
    Kpi("queue.count", "count", "the same requests as requests.queued"),
    Kpi("queue.ratio", "share", "queued / completed"),
    Kpi("queue.mean", "s", "arrival → hand-over, over queued requests"),
    Kpi("queue.p95", "s", "95 % quantile of the same times"),
    Kpi("queue.max", "s", "longest of the same times"),
    Kpi("cold_start.count", "count", "the same requests as requests.cold"),
    Kpi("cold_start.ratio", "share", "cold / completed"),
    Kpi("cold_start.affected_ratio", "share", "(cold + waited) / completed"),
    Kpi("cold_start.mean", "s", "arrival → hand-over, over cold requests"),
    Kpi("cold_start.p50", "s", "median of the same times"),
    Kpi("cold_start.p95", "s", "95 % quantile of the same times"),
    Kpi("cold_start.p99", "s", "99 % quantile of the same times"),
    *(
        Kpi(f"cold_start.phase.{phase}.mean", "s", f"{span}, over starts that ended in the window")
        for phase, span in _PHASES.items()
    ),
    Kpi("instances.created", "count", "instances created in the window, at t = 0 included"),
    Kpi("instances.mean", "instances", "time average of instances alive (created → gone)"),
    Kpi("instances.peak", "count", "most instances alive at one time"),
    Kpi("instances.mean_busy", "instances", "time average of instances with a request in flight"),
    Kpi("instances.mean_idle", "instances", "time average of ready instances without a request"),
    Kpi("instances.mean_life", "s", "created → gone, over instances gone in the window"),
    Kpi("instances.failed", "count", "instances gone in the window without having been ready"),
    Kpi("instances.lost", "count", "ready instances that an error or a fault ended in the window"),
    Kpi(
        "image.bytes_pulled",
        "bytes",
        "bytes transferred to hosts by transfers that ended in the window; for one function: bytes "
        "its starts waited for, so that a shared transfer counts for each",
    ),
    Kpi("image.bytes_from_cache", "bytes", "bytes that starts found on their host"),
    Kpi("image.pulls", "count", "starts whose pull ended in the window and transferred something"),
    Kpi("image.pull_seconds", "s", "instance time spent pulling, as billed"),
    *(
        Kpi(f"errors.{error.name}", "count", f"requests ended by: {error.when}")
        for error in ERRORS[1:]
    ),
    Kpi("cost.total", "money", "the bill of the window, with all its lines"),
    Kpi("cost.per_month", "money", "the window's usage scaled to 30 days, then priced by tier"),
    Kpi("cost.pull", "money", "image pulls, tier and discount included"),
    Kpi("cost.active", "money", "active instance time other than pulls, likewise"),
    Kpi("cost.idle", "money", "idle instance time, likewise"),
    Kpi("cost.requests", "money", "the fee for invocations, likewise"),
    Kpi("cost.resident", "money", "resident pools, as far as their price is given"),
)
"""Every KPI in the order of reports. Whatever is not here is no KPI."""

BY_NAME: dict[str, Kpi] = {kpi.name: kpi for kpi in KPIS}
"""KPIs by dotted name, without ``functions.<name>.``."""

_FUNCTIONS = "functions."


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dotted names (of KPIS, without functions) into nested dictionaries."""
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        groups, leaf = _PARTS[name]
        inner = nested
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[leaf] = value
    return nested


_PARTS = {kpi.name: (tuple(kpi.name.split(".")[:-1]), kpi.name.split(".")[-1]) for kpi in KPIS}
"""Groups and last part of every name."""


def flatten(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Turn nested KPIs into one dictionary of dotted names, functions included."""
    return dict(_walk(nested, ""))


def _walk(nested: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from _walk(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def find(name: str, functions: Collection[str] = ()) -> tuple[str | None, Kpi]:
    """Return the function (None: the whole run) and the KPI that *name* stands for.

    Function names may contain dots. UsageError tells the nearest name when there is none.
    """
    if not name.startswith(_FUNCTIONS):
        return None, _kpi(name, name, BY_NAME)
    rest = name[len(_FUNCTIONS) :]
    owner = max((f for f in functions if rest.startswith(f"{f}.")), key=len, default=None)
    if owner is None:
        given = rest.split(".")[0]
        raise UsageError(f"unknown KPI {name!r}: no function {given!r}{nearest(given, functions)}")
    return owner, _kpi(name, rest[len(owner) + 1 :], BY_NAME)


def _kpi(name: str, own: str, known: Iterable[str]) -> Kpi:
    if own not in BY_NAME:
        raise UsageError(f"unknown KPI {name!r}{nearest(own, known)}")
    return BY_NAME[own]


def lookup(kpis: Mapping[str, Any], name: str) -> float:
    """Return one KPI out of nested *kpis*; UsageError tells the nearest name."""
    owner, kpi = find(name, kpis.get("functions", {}))
    value: Any = kpis if owner is None else kpis["functions"][owner]
    for part in kpi.name.split("."):
        value = value[part]
    return float(value)
