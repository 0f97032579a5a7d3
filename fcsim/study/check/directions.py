"""Which KPIs a baseline is judged by, which way is better, and how much worse is too much.

=====================================================  ======  ====================================
KPIs                                                   better  allowed, whichever is more
=====================================================  ======  ====================================
``latency``, ``calls.latency``, ``messages.delay``     lower   5 % or 10 ms
``cold_start`` times, ``queue`` times                  lower   5 % or 10 ms
``cold_start.ratio``, ``affected_ratio``,              lower   5 % or 0.2 points
``queue.ratio``
requests failed, throttled, timed out, unfinished;     lower   5 % or 0.2 % of what arrived
calls and messages likewise; ``errors.<Code>``
``instances.failed``, ``instances.lost``               lower   5 % or 0.2 % of those created
``image.bytes_pulled``, ``image.pull_seconds``         lower   5 % or 1 MB, 1 s
``cost.per_month``                                     lower   5 %
``success_ratio`` of requests and calls                higher  0.5 points
completed requests and calls, delivered messages       higher  5 %
=====================================================  ======  ====================================

The others are kept in the baseline and explain a change, but are not judged by themselves: what
arrives is the workload's doing, instances and phases show in latency and cost, the parts of the
bill in its sum, and a maximum is one request. A quantile with fewer than five requests of a run
beyond it is as good as a maximum and not judged, nor is an error that occurs on neither side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fcsim import units
from fcsim.errors import UsageError, nearest
from fcsim.results.vocabulary import BY_NAME
from fcsim.study.estimates import own_name
from fcsim.study.quantiles import QUANTILES

__all__ = ["TOLERANCE", "Tolerances", "is_judged", "lower_is_better", "read_tolerances"]

TOLERANCE = 0.05
"""Part of the baseline's figure by which a KPI may be worse, unless told otherwise."""
_BEYOND = 5
"""Requests of a run that must lie beyond a quantile."""


@dataclass(frozen=True)
class _Rule:
    """How one KPI is judged."""

    lower: bool = True
    least: float = 0.0
    """What is allowed in any case, in the KPI's unit or as a part of *of*."""
    of: str = ""
    """The KPI that *least* is a part of; empty: none."""
    relative: bool = True
    """Whether the tolerance, a part of the figure, counts as well."""


_TIME = _Rule(least=0.010)
_SHARE = _Rule(least=0.002)
_FEWER = {
    "requests": ("failed", "throttled", "timed_out", "unfinished"),
    "calls": ("failed", "unfinished"),
    "messages": ("failed", "expired", "unfinished"),
}
_WHOLE = {"requests": "arrived", "calls": "arrived", "messages": "accepted"}
_RULES: dict[str, _Rule] = {
    **{f"latency.{level}": _TIME for level in ("mean", *QUANTILES)},
    **{f"calls.latency.{level}": _TIME for level in ("mean", "p50", "p95", "p99")},
    **{f"messages.delay.{level}": _TIME for level in ("mean", "p50", "p95", "p99")},
    **{f"cold_start.{level}": _TIME for level in ("mean", "p50", "p95", "p99")},
    **{f"queue.{level}": _TIME for level in ("mean", "p95")},
    **dict.fromkeys(("cold_start.ratio", "cold_start.affected_ratio", "queue.ratio"), _SHARE),
    **{
        f"{group}.{name}": _Rule(least=0.002, of=f"{group}.{_WHOLE[group]}")
        for group, names in _FEWER.items()
        for name in names
    },
    **{
        name: _Rule(least=0.002, of="requests.arrived")
        for name in BY_NAME
        if name.startswith("errors.")
    },
    **{f"instances.{x}": _Rule(least=0.002, of="instances.created") for x in ("failed", "lost")},
    "image.bytes_pulled": _Rule(least=1e6),
    "image.pull_seconds": _Rule(least=1.0),
    "cost.per_month": _Rule(),
    "requests.success_ratio": _Rule(lower=False, least=0.005, relative=False),
    "calls.success_ratio": _Rule(lower=False, least=0.005, relative=False),
    "requests.completed": _Rule(lower=False),
    "calls.completed": _Rule(lower=False),
    "messages.delivered": _Rule(lower=False),
}
_BEHIND = {
    "latency": "requests.completed",
    "calls.latency": "calls.completed",
    "messages.delay": "messages.delivered",
    "cold_start": "requests.cold",
    "queue": "requests.queued",
}
"""How many times the quantiles of a group are quantiles of."""
_PER_FUNCTION = (
    "requests.success_ratio", "latency.mean", "latency.p95", "latency.p99", "cold_start.ratio",
    "cold_start.mean", "cost.per_month",
)  # fmt: skip
"""KPIs that are judged for each of several functions, too."""


def lower_is_better(name: str) -> bool:
    """Tell which way is better for a KPI that is judged."""
    return _RULES[own_name(name)].lower


def is_judged(name: str, base: Mapping[str, float], found: Mapping[str, float]) -> bool:
    """Tell whether the KPI *name* is judged, by its means before and now."""
    own = own_name(name)
    if own not in _RULES or (own != name and own not in _PER_FUNCTION):
        return False
    if _RULES[own].of and not base[name] and not found[name]:
        return False
    group, _, level = own.rpartition(".")
    if level not in QUANTILES or group not in _BEHIND:
        return True
    counted = name.removesuffix(own) + _BEHIND[group]
    fewest = min(base.get(counted, 0.0), found.get(counted, 0.0))
    return fewest * (1 - QUANTILES[level]) >= _BEYOND


@dataclass(frozen=True)
class Tolerances:
    """How much worse KPIs may be: a part of the baseline's figure, by name or group."""

    by_name: Mapping[str, float]
    """KPIs or beginnings of names, like ``latency``; the empty name stands for all others."""

    def share(self, name: str) -> float:
        """Return the part that holds for the KPI *name*: that of the longest name that fits."""
        asked = self._asked(name)
        return self.by_name.get("", TOLERANCE) if asked is None else self.by_name[asked]

    def allowed(self, name: str, base: Mapping[str, float]) -> float:
        """Return by how much the KPI *name* may be worse, in its unit, beside the means *base*.

        A tolerance that was asked for by name is taken as it is, without a least.
        """
        own = own_name(name)
        rule, part = _RULES[own], self.share(name) * abs(base[name])
        if self._asked(name) is not None:
            return part
        scale = base.get(name.removesuffix(own) + rule.of, 0.0) if rule.of else 1.0
        return max(part if rule.relative else 0.0, rule.least * scale)

    def _asked(self, name: str) -> str | None:
        fitting = [known for known in self.by_name if known and _fits(known, name)]
        return max(fitting, key=len, default=None)


def _fits(known: str, name: str) -> bool:
    """Tell whether *known* is the KPI *name* or a group of it, with its function or without."""
    return any(f"{own}.".startswith(f"{known}.") for own in (name, own_name(name)))


def read_tolerances(texts: Iterable[str]) -> Tolerances:
    """Read ``latency.p99=10%``, ``latency=10%`` (a group), or ``10%`` (all that are not named).

    UsageError says what would be accepted.
    """
    found = {}
    for text in texts:
        name, _, value = ("", "", text) if "=" not in text else text.rpartition("=")
        name = name.strip()
        if name and not _is_known(name):
            raise UsageError(f"--tolerance {text}: no judged KPI {name!r}{nearest(name, _RULES)}")
        try:
            found[name] = units.parse(value.strip(), "share")
        except ValueError as error:
            raise UsageError(f"--tolerance {text}: {error}") from None
        if found[name] < 0:
            raise UsageError(f"--tolerance {text}: expected a share of 0 or more")
    return Tolerances(found)


def _is_known(name: str) -> bool:
    """Tell whether *name* may fit; what functions there are is for scenarios to say."""
    return name.startswith("functions.") or any(_fits(name, judged) for judged in _RULES)
