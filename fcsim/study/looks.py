"""When to look at runs that are being added until a verdict is clear.

Each look uses an interval so much wider that all looks together keep the stated confidence
(Bonferroni): looking often does not make a wrong verdict likelier.
"""

from __future__ import annotations

from itertools import takewhile

__all__ = ["is_hopeless", "looks", "of_one_look"]

_LOOKS = (3, 5, 8, 12, 20, 30, 50, 80, 120, 200)
_FIRM = 8
"""Runs from which a guess of the runs that are needed is worth something."""


def looks(most: int) -> tuple[int, ...]:
    """Return the numbers of runs after which to judge, the last being *most*."""
    return (*takewhile(lambda runs: runs < most, _LOOKS), most)


def of_one_look(confidence: float, most: int) -> float:
    """Return the confidence of one look, so that all looks together keep *confidence*."""
    return 1 - (1 - confidence) / len(looks(most))


def is_hopeless(runs: int, needed: float, most: int) -> bool:
    """Tell whether *needed* runs, as guessed after *runs*, are more than four times the *most*."""
    return runs >= _FIRM and needed > 4 * most
