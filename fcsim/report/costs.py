"""The bill's lines summed for reading: what was paid for, and with which resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fcsim.results.bill import Bill

__all__ = ["PURPOSES", "RESOURCES", "Item", "items"]

PURPOSES = {
    "pull": "image pulls",
    "create": "creating and starting",
    "initializer": "initializer",
    "active": "busy on-demand instances",
    "keep_alive": "idle on-demand instances",
    "delayed_release": "delayed release",
    "minimum_active": "busy minimum instances",
    "minimum_idle": "idle minimum instances",
    "pre_stop": "pre-stop",
    "resident_pool": "resident pool",
    "requests": "invocations",
    "rounding": "rounding up",
    "minimum_charge": "minimum charge",
    "tier": "cheaper tier",
    "discount": "discount",
    "account_discount": "account’s discount",
}
"""Names of the bill's purposes for people."""
_TOGETHER = {"minimum_charge_offset": "minimum_charge"}

RESOURCES = {"cpu": "vCPU", "memory": "memory", "disk": "disk", "gpu": "GPU", "": "other"}
"""Resources of the bill with their names for people; ``""`` is what has no resource."""


@dataclass
class Item:
    """Everything paid for one purpose, over all functions."""

    name: str
    amounts: dict[str, float] = field(default_factory=dict)
    """Money by resource."""
    quantities: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Quantity and unit by resource."""

    @property
    def amount(self) -> float:
        """Money, all resources together."""
        return sum(self.amounts.values())

    def add(self, resource: str, quantity: float, unit: str, amount: float) -> None:
        """Add one line of the bill."""
        self.amounts[resource] = self.amounts.get(resource, 0.0) + amount
        so_far, _ = self.quantities.get(resource, (0.0, unit))
        self.quantities[resource] = so_far + quantity, unit


def items(bill: Bill) -> list[Item]:
    """Sum *bill* by purpose, the dearest first; they add up to its total."""
    found: dict[str, Item] = {}
    for line in bill.lines:
        purpose, _, resource = line.item.partition(".")
        if purpose in _TOGETHER:
            # It takes off what the minimum replaces: money, but no hours of its own.
            found[_TOGETHER[purpose]].amounts[resource] += line.amount
            continue
        item = found.setdefault(purpose, Item(PURPOSES.get(purpose, purpose)))
        item.add(resource, line.quantity, line.unit, line.amount)
    return sorted(found.values(), key=lambda item: -item.amount)
