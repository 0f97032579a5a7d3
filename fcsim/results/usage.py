"""What the platform charges for: instance seconds by item, and invocations, before any price.

======================  =======================================================  ===========
item                    seconds of an instance                                   state
======================  =======================================================  ===========
``pull``                credential obtained → image ready, or failure            active
``create``              image ready → server answers, or failure                 parameter
``initializer``         server answers → ready, or failure                       active
``active``              on demand: with a request in flight                      active
``keep_alive``          on demand: in service without a request                  parameter
``minimum_active``      minimum instance: with a request in flight               active
``minimum_idle``        minimum instance: in service without a request           idle
``pre_stop``            out of service → gone                                    active
======================  =======================================================  ===========

In service is ready → out of service. Placing and obtaining the credential are free, and so is
``create`` unless the parameter ``billing.create_billed`` says otherwise; ``keep_alive`` follows
``idle.billed``. A failed start pays for the pull and the initializer up to its failure.
Everything is clipped to the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.instance_figures import until
from fcsim.results.intervals import Spans, busy_spans, inside, occupancy, overlap, pieces
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.scenario.model import Scenario
    from fcsim.scenario.parameters import Reader
    from fcsim.sim.record import Record

    Floats = NDArray[np.float64]

__all__ = ["HOUR", "Charge", "Hours", "charges", "cu_by_hour", "held", "invocations", "seconds"]

HOUR = 3600.0


@dataclass(frozen=True)
class Charge:
    """Seconds that count (``sign`` 1) or must be taken off again (-1) for one item."""

    item: str
    state: str
    spans: Spans
    sign: float = 1.0


@dataclass(frozen=True)
class Hours:
    """The clock hours that the window touches, cut to the window."""

    edges: Floats
    begins: list[date]
    """The local date on which each of these pieces begins."""

    @classmethod
    def of(cls, scenario: Scenario) -> Hours:
        """Cut the window of *scenario* at the full hours of its clock."""
        begin, end = scenario.warm_up, scenario.horizon
        start = scenario.start
        late = start.minute * 60.0 + start.second + start.microsecond / 1e6
        first, last = np.floor((begin + late) / HOUR) + 1, np.ceil((end + late) / HOUR)
        edges = np.concatenate([[begin], np.arange(first, last) * HOUR - late, [end]])
        days = [(start + timedelta(seconds=float(t))).date() for t in edges[:-1]]
        return cls(edges, days)

    @property
    def parts(self) -> Floats:
        """How much of each hour lies in the window, at most 1."""
        return np.diff(self.edges) / HOUR

    def __len__(self) -> int:
        """Count hours."""
        return len(self.begins)


def charges(
    record: Record, parameters: Reader | Mapping[str, str], busy: Spans | None = None
) -> list[Charge]:
    """Return all instance time that is charged.

    *parameters* holds ``billing.create_billed`` and ``idle.billed``; *busy* is when instances
    had requests, when that is known already.
    """
    busy = busy or busy_spans(occupancy(record.requests, len(record.instances["created"])))
    return [*_phases(record, parameters), *_service(record, parameters, busy)]


def _spans(record: Record, begin: str, *ends: str) -> Spans:
    """Return the time from one moment of each instance to another, or to its failure."""
    instances = record.instances
    rows = np.arange(len(instances[begin]))
    return Spans(rows, instances[begin], until(instances, *ends, "stopping", "gone"))


def _phases(record: Record, parameters: Reader | Mapping[str, str]) -> Iterator[Charge]:
    """Yield the time in which an instance cannot serve."""
    yield Charge("pull", "active", _spans(record, "credential", "pulled"))
    create = parameters["billing.create_billed"]
    if create != "none":
        yield Charge("create", create, _spans(record, "pulled", "served"))
    yield Charge("initializer", "active", _spans(record, "served", "ready"))
    stop = _spans(record, "stopping")
    yield Charge("pre_stop", "active", replace(stop, end=record.instances["gone"]))


def _service(
    record: Record, parameters: Reader | Mapping[str, str], busy: Spans
) -> Iterator[Charge]:
    """Yield busy time, and as the rest of the service idle time."""
    service = _spans(record, "ready")
    for kind, active, idle in (
        (Kind.ON_DEMAND, "active", "keep_alive"),
        (Kind.MINIMUM, "minimum_active", "minimum_idle"),
    ):
        owned = record.instances["kind"] == kind
        if not owned.any():
            continue
        state = parameters["idle.billed"] if kind == Kind.ON_DEMAND else "idle"
        own = busy.select(owned)
        yield Charge(active, "active", own)
        if state != "none":
            yield Charge(idle, state, service.select(owned))
            yield Charge(idle, state, own, -1.0)


def seconds(record: Record, charged: list[Charge]) -> dict[tuple[str, str], Floats]:
    """Return instance seconds in the window by (item, state), one value a function."""
    function, count = record.instances["function"], len(record.functions)
    totals: dict[tuple[str, str], Floats] = {}
    for charge in charged:
        spans = charge.spans
        part = np.bincount(
            function[spans.owner],
            weights=overlap(spans.begin, spans.end, record.window),
            minlength=count,
        )
        key = (charge.item, charge.state)
        totals[key] = totals.get(key, np.zeros(count)) + charge.sign * part
    return totals


def cu_by_hour(
    record: Record, charged: list[Charge], rates: dict[str, Floats], hours: Hours
) -> Floats:
    """Return CU by function and hour, with *rates* in CU per instance second by state."""
    function, shape = record.instances["function"], (len(record.functions), len(hours))
    total = np.zeros(shape[0] * shape[1])
    for charge in charged:
        spans = charge.spans
        row, cell, lasting = pieces(spans.begin, spans.end, hours.edges)
        owner = function[spans.owner[row]].astype(np.int64)
        weights = charge.sign * lasting * rates[charge.state][owner]
        total += np.bincount(owner * shape[1] + cell, weights=weights, minlength=len(total))
    return total.reshape(shape)


def invocations(record: Record, hours: Hours) -> NDArray[np.int64]:
    """Return charged invocations by function and hour: requests handed over in the window.

    Assumption: an invocation is charged when an instance gets it, whatever its outcome; what
    is refused with 429 or 503, or ends with a failed start, is not.
    """
    started = record.requests["started"]
    handed = inside(started, record.window)
    cell = np.searchsorted(hours.edges, started[handed], side="right") - 1
    owner = record.requests["function"][handed].astype(np.int64)
    shape = (len(record.functions), len(hours))
    return np.bincount(owner * shape[1] + cell, minlength=shape[0] * shape[1]).reshape(shape)


def held(record: Record, hours: Hours) -> NDArray[np.bool_]:
    """Mark function-hours in which an instance existed."""
    instances, shape = record.instances, (len(record.functions), len(hours))
    row, cell, lasting = pieces(instances["created"], instances["gone"], hours.edges)
    owner = instances["function"][row].astype(np.int64)
    cells = (owner * shape[1] + cell)[lasting > 0]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape) > 0
