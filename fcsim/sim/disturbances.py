"""What changes or breaks in a run: deployments, states of functions, faults.

A scenario without them has none of this: nothing is on the clock, nobody follows instances, and
no parameter is read.
"""

from __future__ import annotations

from collections import Counter

from fcsim.scenario.event_checks import updated_functions
from fcsim.sim.build import Builder
from fcsim.sim.clock import Clock
from fcsim.sim.faults import Faults, Stage
from fcsim.sim.health import HealthChecks
from fcsim.sim.lives import Lives
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.planner import Planner
from fcsim.sim.record import Happening
from fcsim.sim.requests.interface import RequestPlane
from fcsim.sim.rollout import Rollouts
from fcsim.sim.scaling import Scaler
from fcsim.sim.states import States

__all__ = ["Disturbances"]


class Disturbances:
    """Deployments, states of functions, and faults of one run."""

    def __init__(
        self,
        clock: Clock,
        builder: Builder,
        planner: Planner,
        plane: RequestPlane,
        scaler: Scaler,
        lives: Lives,
        plans: list[FunctionPlan],
    ) -> None:
        """Put on the clock what the scenario says."""
        self.happenings: list[Happening] = []
        self._builder, self._planner, self._plans = builder, planner, plans
        self._faults: Faults | None = None
        scenario = builder.scenario
        idle = scenario.parameters["deploy.inactive_after"].value
        states = States(clock, scaler, plans, self.happenings)
        if scenario.initial.states or scenario.deployments or scenario.horizon > idle:
            self._prepare(clock, scaler, states, idle)
        if scenario.faults:
            health = HealthChecks(clock, plane, scaler.roster)
            lives.is_sick = health.is_sick
            if any(fault.image_lost for fault in scenario.faults):
                scaler.roster.follow(states)
            stage = Stage(clock, builder, plane, scaler, lives, health, states, plans)
            self._faults = Faults(stage, self.happenings)

    def _prepare(self, clock: Clock, scaler: Scaler, states: States, idle: float) -> None:
        """Set states, and put deployments and falling asleep on the clock."""
        scenario, read = self._builder.scenario, self._builder.read
        states.conversion = read["deploy.conversion"]
        for name, state in scenario.initial.states.items():
            states.set(name, state)
        if scenario.horizon > idle:
            states.watch_idle(read["deploy.inactive_after"])
        if scenario.deployments:
            states.rollouts = Rollouts(clock, scaler, read["deploy.old_instances"])
        versions: Counter[str] = Counter()
        functions = updated_functions(scenario)
        order = sorted(range(len(functions)), key=lambda k: scenario.deployments[k].at)
        for k in order:
            name = scenario.deployments[k].function
            versions[name] += 1
            copies = [plan for plan in self._plans if plan.info.template == name]
            for plan in copies:
                new = self._planner.update(plan, functions[k], versions[name])
                states.deploy(scenario.deployments[k], new)

    def give_back(self) -> None:
        """Return what faults still hold, so that conservation can be checked."""
        if self._faults is not None:
            self._faults.give_back()
