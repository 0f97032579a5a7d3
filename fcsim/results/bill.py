"""The bill: lines that a person can add up, and what a month of the same usage would cost.

Resource lines say quantity, CU and price; ``amount = cu × price``. All are priced at the tier
in which the account stands at the beginning of the window (``billing.month_to_date``); lines
without CU correct the sum afterwards, with ``amount = quantity × price``:

* ``tier`` – CU that fall into a higher tier, times the difference of price;
* ``discount`` – the price book's, then ``account_discount`` – ``billing.discount``;
* ``minimum_charge`` – function-hours that would cost less than the minimum, times the minimum,
  and ``minimum_charge_offset`` – what these hours cost already, taken off;
* ``resident_pool`` – months of a resident pool, shared out among its functions, times its price.

CU are rounded up per function and clock hour; the difference is the line ``rounding``. GB are
1,024 MB. Free trials, resource plans and network traffic are not part of the bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from fcsim.results.folds import folded
from fcsim.results.price_book import PriceBook, price_book
from fcsim.results.pricing import NOISE, Line, Pricing, correction
from fcsim.results.resident_bill import resident_lines, resident_per_month
from fcsim.results.times import HOUR
from fcsim.results.usage import Hours, charges, cu_by_hour, held, seconds
from fcsim.scenario.parameters import Parameter, Reader
from fcsim.units import GIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.request_summary import Table
    from fcsim.results.service import Service
    from fcsim.sim.record import FunctionInfo, Record

    Floats = NDArray[np.float64]

__all__ = ["MONTH", "Bill", "Line", "bill"]

MONTH = 30 * 24.0
"""Hours of the month of ``cost.per_month``."""

_UNITS = {"cpu": "vCPU·s", "memory": "GB·s", "disk": "GB·s", "gpu": "GB·s"}
_STATES = ("active", "idle", "cpu_idle", "gpu_idle")
_PARTS = {
    "pull": "pull",
    "create": "active",
    "initializer": "active",
    "active": "active",
    "minimum_active": "active",
    "pre_stop": "active",
    "keep_alive": "idle",
    "delayed_release": "idle",
    "minimum_idle": "idle",
    "requests": "requests",
}
"""The KPI ``cost.<part>`` to which an item belongs."""


@dataclass(frozen=True)
class Bill:
    """The lines of one window in ``currency``; ``per_month`` by function, overall last."""

    book: str
    currency: str
    functions: tuple[str, ...]
    lines: tuple[Line, ...]
    per_month: Floats
    assumptions: tuple[Parameter, ...] = ()
    """Billing parameters and prices used that no document settles."""

    @property
    def total(self) -> float:
        """The sum of all lines."""
        return fsum(line.amount for line in self.lines)

    def costs(self) -> Table:
        """Return the KPIs ``cost.*`` by function, overall last.

        Lines of the whole account (tier, discounts) are shared out in proportion to the amounts
        they correct, so that functions add up to the total.
        """
        rows = {name: row for row, name in enumerate(self.functions)}
        parts = {part: np.zeros(len(rows)) for part in ("pull", "active", "idle", "requests")}
        priced, fixed, resident = (np.zeros(len(rows)) for _ in range(3))
        for line in self.lines:
            if line.function:
                (priced if line.cu else fixed)[rows[line.function]] += line.amount
                if line.item == "resident_pool":
                    resident[rows[line.function]] += line.amount
                part = _PARTS.get(line.item.split(".")[0])
                if part:
                    parts[part][rows[line.function]] += line.amount
        account = fsum(line.amount for line in self.lines if not line.function)
        gross = fsum(priced)
        net = 1 + account / gross if gross else 1.0
        table = {f"cost.{part}": _with_sum(values * net) for part, values in parts.items()}
        table["cost.resident"] = _with_sum(resident)
        total = np.append(priced * net + fixed, self.total)
        return table | {"cost.total": total, "cost.per_month": self.per_month}


def bill(record: Record, service: Service | None = None) -> Bill:
    """Price the window of *record*; *service* is what its requests asked of instances, if known.

    ``cost.per_month`` repeats the window for 30 days (an hour that the window covers in part
    counts as if all of it went like that part), and only then goes through the tiers, from
    ``month_to_date`` on; so it is no plain multiple of the total where a tier is crossed.
    Raises ScenarioError when the price book is unknown or lacks a price.
    """
    book, reader = price_book(record.scenario), Reader(record.scenario.parameters)
    invoice = _Invoice(record, book, reader, service)
    return Bill(
        book.name,
        book.currency,
        tuple(function.name for function in record.functions),
        tuple(invoice.lines()),
        invoice.per_month(),
        (*reader.assumptions(), *book.assumptions(invoice.fleet.used)),
    )


class _Invoice:
    """What the functions of a record used, by hour, and its price."""

    def __init__(
        self, record: Record, book: PriceBook, reader: Reader, service: Service | None
    ) -> None:
        """Measure the usage of *record*."""
        billing = record.scenario.billing
        self.record = record
        self.book = book
        self.fleet = _Fleet(record.functions, book)
        self.pricing = Pricing(book, billing.month_to_date.cu, billing.discount)
        self.hours = Hours.of(record.scenario)
        service = service or folded(record, by_function=False).service.result()
        self.charged = charges(record, reader, service)
        self.called = service.calls
        self.cu = cu_by_hour(self.charged, self.fleet.rates())
        self.cu += self.called * (book["requests"] / 1e4)
        self.rounded = self.pricing.rounded(self.cu)

    def lines(self) -> list[Line]:
        """Return all lines: those of each function together, then those of the account."""
        first, usage = self.pricing.first, seconds(self.charged)
        lines = list(self.fleet.lines(usage, self.called.sum(axis=1), first))
        lines += self._rounding(lines)
        lines += resident_lines(self.record)
        total = float(self.rounded.sum())
        lines += self._minimum(self.pricing.net(total))
        order = {function.name: row for row, function in enumerate(self.record.functions)}
        lines.sort(key=lambda line: order[line.function])
        return lines + self.pricing.corrections(total)

    def _rounding(self, lines: Iterable[Line]) -> Iterator[Line]:
        exact: dict[str, float] = {}
        for line in lines:
            exact[line.function] = exact.get(line.function, 0.0) + line.cu
        rounded, price = self.rounded.sum(axis=1).tolist(), self.pricing.first
        for function, billed in zip(self.record.functions, rounded, strict=True):
            cu = billed - exact.get(function.name, 0.0)
            if abs(cu) > 10**-NOISE:
                yield Line(function.name, "rounding", cu, "CU", cu, price, cu * price)

    def _minimum(self, price: float) -> Iterator[Line]:
        """Yield what function-hours cost too little, a CU costing *price* after all."""
        least, currency = self.book["minimum"], self.book.currency
        amounts = self.rounded * price
        small = self._owed() & (amounts < least)
        for row in np.flatnonzero(small.any(axis=1)):
            name, hours = self.record.functions[row].name, float(small[row].sum())
            charged = fsum(amounts[row, small[row]])
            yield correction(name, "minimum_charge", hours, "function·h", least)
            if charged:
                yield correction(name, "minimum_charge_offset", charged, currency, -1.0)

    def _owed(self) -> NDArray[np.bool_]:
        """Mark function-hours that owe the minimum: CPU functions called or held, from its day."""
        cpu = np.array([not function.gpu_type for function in self.record.functions])
        valid = np.array([day >= self.book.minimum_from for day in self.hours.begins])
        used = held(self.record, self.hours) | (self.called > 0)
        owed: NDArray[np.bool_] = used & cpu[:, None] & valid
        return owed

    def per_month(self) -> Floats:
        """Return what 30 days like the window cost, by function, overall last."""
        edges, parts = self.hours.edges, self.hours.parts
        repeats = parts * MONTH * HOUR / (edges[-1] - edges[0])
        whole_hours = self.pricing.rounded(self.cu / parts)
        price = self.pricing.net(float((whole_hours @ repeats).sum()))
        least = np.where(self._owed(), self.book["minimum"], 0.0)
        used = np.maximum(whole_hours * price, least) @ repeats
        return _with_sum(used + resident_per_month(self.record))


class _Size(NamedTuple):
    """What an instance has of each resource that is charged, zeros left out."""

    resources: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, function: FunctionInfo, free_disk: float) -> Self:
        """Return the size of those of *function*'s instances that are billed by use."""
        if function.resident_pool and not function.mixed:
            return cls(())
        gpu = function.gpu_memory_size / GIB if function.gpu_type else 0.0
        amounts = {
            "cpu": function.cpu,
            "memory": function.memory_size / GIB,
            "disk": max(function.disk_size / GIB - free_disk, 0.0),
            f"gpu.{function.gpu_type}": gpu,
        }
        return cls(tuple((name, amount) for name, amount in amounts.items() if amount))


class _Fleet:
    """The functions' resources and their CU factors."""

    def __init__(self, functions: list[FunctionInfo], book: PriceBook) -> None:
        self.functions = functions
        self.book = book
        self.used = {"disk.free", "rounding"}
        self.sizes = [_Size.of(function, book["disk.free"]) for function in functions]
        self._factors: dict[tuple[str, str], float] = {}

    def factor(self, resource: str, state: str) -> float:
        """Return CU per unit and second of a resource (of a GPU with its type)."""
        factor = self._factors.get((resource, state))
        if factor is None:
            name = f"{resource}.{_state_of(resource, state)}"
            self.used.add(name)
            factor = self._factors[resource, state] = self.book[name]
        return factor

    def rates(self) -> dict[str, Floats]:
        """Return CU per instance second by state, one value a function."""
        different = dict.fromkeys(self.sizes)
        rates = {}
        for state in _STATES:
            of = {size: self._rate(size, state) for size in different}
            rates[state] = np.array([of[size] for size in self.sizes])
        return rates

    def _rate(self, size: _Size, state: str) -> float:
        return fsum(amount * self.factor(name, state) for name, amount in size.resources)

    def lines(
        self, usage: dict[tuple[str, str], Floats], called: NDArray[np.int64], price: float
    ) -> Iterator[Line]:
        """Yield the lines of resources and invocations."""
        for row, function in enumerate(self.functions):
            for (item, state), lasting in usage.items():
                # Busy time taken off a busy service leaves a rest of rounding, not idle time.
                if lasting[row] > 1e-9:
                    yield from self._item(row, item, state, float(lasting[row]), price)
            if called[row]:
                number = float(called[row])
                cu = number * self.book["requests"] / 1e4
                yield Line(function.name, "requests", number, "invocations", cu, price, cu * price)

    def _item(
        self, row: int, item: str, state: str, lasting: float, price: float
    ) -> Iterator[Line]:
        name = self.functions[row].name
        for resource, amount in self.sizes[row].resources:
            kind, quantity = resource.split(".")[0], lasting * amount
            cu = quantity * self.factor(resource, state)
            yield Line(name, f"{item}.{kind}", quantity, _UNITS[kind], cu, price, cu * price)


def _state_of(resource: str, state: str) -> str:
    """Return whether *resource* is active or idle where an instance is in *state*."""
    if state in ("active", "idle"):
        return state
    return "idle" if resource.startswith("gpu.") == (state == "gpu_idle") else "active"


def _with_sum(values: Floats) -> Floats:
    return np.append(values, fsum(values))
