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
``delayed_release``     the same with delayed release                            parameter
``minimum_idle``        minimum instance: in service without a request           idle
``pre_stop``            out of service → gone                                    active
======================  =======================================================  ===========

In service is ready → out of service. Placing and obtaining the credential are free, and so is
``create`` unless the parameter ``billing.create_billed`` says otherwise; ``keep_alive`` follows
``idle.billed``, ``delayed_release`` follows ``idle.delayed_release_billed``. A minimum instance
whose function has ``always_allocate_cpu`` or ``always_allocate_gpu`` is active while idle, or in
that part only (states ``cpu_idle`` and ``gpu_idle``: the other part is active). A failed start
pays for the pull and the initializer up to its failure.
Everything is clipped to the window. Instances in a resident pool are not charged by use.

Assumption: an invocation is charged when an instance gets it, whatever its outcome; what is
refused with 429 or 503, or ends with a failed start, is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.folds import folded
from fcsim.results.instance_figures import until
from fcsim.results.intervals import pieces
from fcsim.results.times import HOUR, clock_hours
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.service import Service
    from fcsim.scenario.model import Scenario
    from fcsim.scenario.parameters import Reader
    from fcsim.sim.record import FunctionInfo, Record

    Floats = NDArray[np.float64]

__all__ = ["Charge", "Hours", "charges", "cu_by_hour", "held", "seconds"]


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
        edges = clock_hours(start, begin, end)
        days = [(start + timedelta(seconds=float(t))).date() for t in edges[:-1]]
        return cls(edges, days)

    @property
    def parts(self) -> Floats:
        """How much of each hour lies in the window, at most 1."""
        return np.diff(self.edges) / HOUR

    def __len__(self) -> int:
        """Count hours."""
        return len(self.begins)


@dataclass(frozen=True)
class Charge:
    """Instance seconds that are charged as one item, by function and clock hour."""

    item: str
    state: str
    hours: Floats


def charges(
    record: Record, parameters: Reader | Mapping[str, str], service: Service | None = None
) -> list[Charge]:
    """Return all instance time that is charged.

    *parameters* holds ``billing.create_billed``, ``idle.billed`` and
    ``idle.delayed_release_billed``; *service* is what requests asked of instances (None: it is
    found from the record's requests).
    """
    service = service or folded(record, by_function=False).service.result()
    return [*_phases(record, parameters), *_service(record, parameters, service.busy)]


def _hours(record: Record, begin: str, *ends: str, kind: Kind | None = None) -> Floats:
    """Return the seconds from one moment of each instance to another, or to its failure.

    None is every *kind* that is billed by use.
    """
    instances, edges = record.instances, Hours.of(record.scenario).edges
    kinds = instances["kind"]
    rows = np.flatnonzero(kinds != Kind.RESIDENT if kind is None else kinds == kind)
    chosen = {name: column[rows] for name, column in instances.items()}
    row, cell, seconds = pieces(chosen[begin], until(chosen, *ends), edges)
    shape = len(record.functions), len(edges) - 1
    keys = chosen["function"][row].astype(np.int64) * shape[1] + cell
    total = np.bincount(keys, weights=seconds, minlength=shape[0] * shape[1])
    return total.astype(np.float64).reshape(shape)


def _phases(record: Record, parameters: Reader | Mapping[str, str]) -> Iterator[Charge]:
    """Yield the time in which an instance cannot serve."""
    gone = ("stopping", "gone")
    yield Charge("pull", "active", _hours(record, "credential", "pulled", *gone))
    create = parameters["billing.create_billed"]
    if create != "none":
        yield Charge("create", create, _hours(record, "pulled", "served", *gone))
    yield Charge("initializer", "active", _hours(record, "served", "ready", *gone))
    yield Charge("pre_stop", "active", _hours(record, "stopping", "gone"))


def _service(
    record: Record, parameters: Reader | Mapping[str, str], busy: Floats
) -> Iterator[Charge]:
    """Yield busy time, and as the rest of the service idle time."""
    for kind, active in ((Kind.ON_DEMAND, "active"), (Kind.MINIMUM, "minimum_active")):
        if not (record.instances["kind"] == kind).any():
            continue
        yield Charge(active, "active", busy[kind])
        service = _hours(record, "ready", "stopping", "gone", kind=kind)
        yield from _idle(record, parameters, kind, service - busy[kind])


def _idle(
    record: Record, parameters: Reader | Mapping[str, str], kind: Kind, idle: Floats
) -> Iterator[Charge]:
    """Yield the *idle* time of functions × hours, by how each function is billed for it."""
    items = [_idle_item(function, kind) for function in record.functions]
    for item in dict.fromkeys(items):
        name, state = item
        state = parameters[state] if "." in state else state
        chosen = np.array([one == item for one in items])
        if state != "none":
            yield Charge(name, state, np.where(chosen[:, None], idle, 0.0))


def _idle_item(function: FunctionInfo, kind: Kind) -> tuple[str, str]:
    """Return an item of the bill, and a state or the parameter that says which."""
    if kind == Kind.MINIMUM:
        return "minimum_idle", function.minimum_idle
    if function.delayed_release:
        return "delayed_release", "idle.delayed_release_billed"
    return "keep_alive", "idle.billed"


def seconds(charged: list[Charge]) -> dict[tuple[str, str], Floats]:
    """Return instance seconds in the window by (item, state), one value a function."""
    return {(charge.item, charge.state): charge.hours.sum(axis=1) for charge in charged}


def cu_by_hour(charged: list[Charge], rates: dict[str, Floats]) -> Floats:
    """Return CU by function and hour, with *rates* in CU per instance second by state."""
    total = np.zeros_like(charged[0].hours)
    for charge in charged:
        total += charge.hours * rates[charge.state][:, None]
    return total


def held(record: Record, hours: Hours) -> NDArray[np.bool_]:
    """Mark function-hours in which an instance existed."""
    instances, shape = record.instances, (len(record.functions), len(hours))
    row, cell, lasting = pieces(instances["created"], instances["gone"], hours.edges)
    owner = instances["function"][row].astype(np.int64)
    cells = (owner * shape[1] + cell)[lasting > 0]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape) > 0
