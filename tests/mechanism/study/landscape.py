"""Spaces that simulate nothing: figures are given by a function of the setting."""

from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace

from fcsim.errors import Problem, ScenarioError
from fcsim.study.objectives import parse
from fcsim.study.outcome import Outcome
from fcsim.study.plan.axes import axes
from fcsim.study.plan.trials import BudgetSpent, Rules, Trials


@dataclass
class FlatSpace:
    """What searches need of a space."""

    axes: tuple
    plain = SimpleNamespace(seed=1)

    @property
    def size(self):
        return len(list(self.settings()))

    def settings(self):
        return product(*(range(len(axis.values)) for axis in self.axes))

    def label(self, setting):
        return "-".join(str(a.values[k]) for a, k in zip(self.axes, setting, strict=True))

    def scenario(self, setting):
        return setting


def noise(replication):
    """Return a number around 0 that depends on the replication alone, as random streams do."""
    return ((replication * 7919 + 3) % 11 - 5) / 5


def trials(
    latency, cost, *, vary="x=0..50", limit="1 s", ceiling=None, spread=0.02, impossible=(), **rules
):
    """Return trials over a landscape: latency and cost are functions of the setting's positions.

    *limit* is the objective on latency, *ceiling* one on cost.
    """
    space = FlatSpace(axes(vary))

    def scenario(setting):
        if setting in impossible:
            raise ScenarioError([Problem("does not fit")])
        return setting

    space.scenario = scenario

    def evaluate(points):
        for point in points:
            wobble = 1 + spread * noise(point.replication)
            kpis = {
                "latency.p99": latency(*point.scenario) * wobble,
                "cost.per_month": cost(*point.scenario) * wobble,
                "requests.arrived": 1000.0, "requests.completed": 1000.0,
            }  # fmt: skip
            yield point, Outcome("", kpis, 0.0)

    texts = [f"latency.p99 <= {limit}", *([f"cost.per_month <= {ceiling} CNY"] if ceiling else [])]
    objectives = tuple(parse(text, currency="CNY") for text in texts)
    return Trials(space, Rules(objectives, **rules), evaluate)


def searched(search, tried):
    """Return the label of the cheapest setting that was found, what was told, and the runs."""
    try:
        remarks = search(tried)
    except BudgetSpent:
        remarks = ["budget"]
    best = tried.cheapest()
    return best.label if best else None, remarks, tried.spent


def exhaustive(tried):
    """Decide every setting and return the cheapest that meets the objective."""
    for setting in tried.space.settings():
        tried.decide(setting)
    best = tried.cheapest()
    return best.label if best else None
