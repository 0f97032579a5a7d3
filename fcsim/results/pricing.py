"""From CU to money: rounding, the tiers of the account, discounts."""

from __future__ import annotations

from math import fsum, inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.price_book import PriceBook

    Floats = NDArray[np.float64]

__all__ = ["NOISE", "Line", "Pricing", "correction"]

NOISE = 9
"""Decimals of a CU to which sums of seconds are trusted when they are rounded up."""


class Line(NamedTuple):
    """One line: ``function`` is empty for lines of the whole account."""

    function: str
    item: str
    quantity: float
    unit: str
    cu: float
    price: float
    amount: float


class Pricing:
    """From CU to money: rounding, tiers, discounts."""

    def __init__(self, book: PriceBook, used: float, discount: float) -> None:
        """Price CU that come after *used* CU of the month."""
        self.tiers = list(book.tiers_from(used))
        self.first = self.tiers[0].price
        self.step = book["rounding"]
        self.currency = book.currency
        self.discounts = {"discount": book["discount"], "account_discount": discount}

    def rounded(self, cu: Floats) -> Floats:
        """Round CU of function-hours up."""
        if not self.step:
            return cu
        rounded: Floats = np.ceil(np.round(cu / self.step, NOISE)) * self.step
        return rounded

    def corrections(self, cu: float) -> list[Line]:
        """Return the lines of the account: *cu* in higher tiers, and discounts."""
        lines = []
        ends = [tier.above for tier in self.tiers[2:]]
        for tier, end in zip(self.tiers[1:], [*ends, inf], strict=False):
            quantity = min(cu, end) - tier.above
            if quantity > 0:
                lines.append(correction("", "tier", quantity, "CU", tier.price - self.first))
        amount = cu * self.first + fsum(line.amount for line in lines)
        for item, share in self.discounts.items():
            if share and amount:
                lines.append(correction("", item, amount, self.currency, -share))
                amount += lines[-1].amount
        return lines

    def net(self, cu: float) -> float:
        """Return the mean price of a CU after tiers and discounts, when there are *cu*."""
        if not cu:
            return self.first
        return self.first + fsum(line.amount for line in self.corrections(cu)) / cu


def correction(function: str, item: str, quantity: float, unit: str, price: float) -> Line:
    """Return a line without CU, ``amount = quantity × price``."""
    return Line(function, item, quantity, unit, 0.0, price, quantity * price)
