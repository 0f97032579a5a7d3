"""Faults of instances themselves: they die at an instant, at a rate, or answer badly."""

from __future__ import annotations

import math

from fcsim.scenario.faults import Fault, Sickness, Victims
from fcsim.sim.faults.stage import Draw, Stage
from fcsim.sim.instance import Instance
from fcsim.sim.record import ErrorCode

__all__ = ["Hazard", "Strike", "Unhealthy"]

ERRORS = {
    "container_exit": ErrorCode.CA_EXITED,
    "bad_response": ErrorCode.BAD_RESPONSE,
    "out_of_memory": ErrorCode.FUNCTION_OOM,
}
"""How the requests of the victims end."""


class Strike:
    """A number or a share of a function's running containers die at one instant."""

    def __init__(self, stage: Stage, fault: Fault, block: Victims) -> None:
        """Find the function."""
        self._stage, self._block, self._draw = stage, block, Draw(stage, fault)
        self._error = ERRORS[fault.kind]
        self._functions = stage.numbers(block.function)

    def begin(self) -> None:
        """Choose among those there are."""
        there = [one for one in self._stage.scaler.roster.of(self._functions) if self._can_die(one)]
        for instance in self._chosen(there):
            self._stage.lives.kill(instance, self._error)

    def _chosen(self, there: list[Instance]) -> list[Instance]:
        if self._block.instances is not None:
            return self._draw.order(there)[: self._block.instances]
        share = self._block.share or 0.0
        return [one for one in there if self._draw(one) < share]

    def _can_die(self, instance: Instance) -> bool:
        if self._error is ErrorCode.BAD_RESPONSE:
            return self._stage.plane.in_flight(instance.number) > 0
        return instance.started <= self._stage.clock.now and not instance.stopping < math.inf

    def end(self) -> None:
        """Nothing lasts."""


class Hazard:
    """Each instance of a function in service dies at a rate, while the fault lasts.

    An instance's deaths come at the instants of a Poisson process of its own; a bad response
    needs a request, so instants at which the instance is idle pass by.
    """

    def __init__(self, stage: Stage, fault: Fault, block: Victims) -> None:
        """Follow the instances of the function."""
        self._stage, self._rate, self._draw = stage, block.rate or 0.0, Draw(stage, fault)
        self._error, self._last = ERRORS[fault.kind], fault.end
        self._functions = stage.numbers(block.function)
        self._is_on = False
        stage.scaler.roster.follow(self)

    def begin(self) -> None:
        """Those in service live dangerously from now on."""
        self._is_on = True
        for instance in self._stage.scaler.roster.of(self._functions):
            self.on_ready(instance)

    def end(self) -> None:
        """The danger is over."""
        self._is_on = False

    def on_ready(self, instance: Instance) -> None:
        """Draw when it dies."""
        if self._is_on and instance.function in self._functions and instance.is_open:
            self._expose(instance, 0)

    def on_gone(self, instance: Instance) -> None:
        """It cannot die any more."""

    def _expose(self, instance: Instance, attempt: int) -> None:
        if not self._rate:
            return
        life = -math.log1p(-self._draw(instance, attempt)) / self._rate
        time = self._stage.clock.now + life
        if time < self._last:
            self._stage.clock.call_at(time, self._strike, instance, attempt)

    def _strike(self, instance: Instance, attempt: int) -> None:
        if not instance.is_open:
            return
        idle = self._stage.plane.in_flight(instance.number) == 0
        if idle and self._error is ErrorCode.BAD_RESPONSE:
            self._expose(instance, attempt + 1)
        else:
            self._stage.lives.kill(instance, self._error)


class Unhealthy:
    """Servers of some instances, or of each with a probability, answer badly for a while."""

    def __init__(self, stage: Stage, fault: Fault, block: Sickness) -> None:
        """Follow the instances of the function."""
        self._stage, self._block, self._draw = stage, block, Draw(stage, fault)
        self._functions, self._until = stage.numbers(block.function), fault.end
        self._is_on = False
        stage.scaler.roster.follow(self)
        stage.health.add(self.strikes)

    def strikes(self, instance: Instance) -> bool:
        """Whether the fault is on and would strike an instance that starts now."""
        if not self._is_on or instance.function not in self._functions:
            return False
        share = 1.0 if self._block.share is None else self._block.share
        return self._block.instances is None and self._draw(instance) < share

    def begin(self) -> None:
        """Some of those in service fall ill."""
        self._is_on = True
        there = [one for one in self._stage.scaler.roster.of(self._functions) if one.is_open]
        ill = [one for one in there if self.strikes(one)]
        if self._block.instances is not None:
            ill = self._draw.order(there)[: self._block.instances]
        for instance in ill:
            self._stage.health.fall_ill(instance, self._until)

    def end(self) -> None:
        """Nobody falls ill any more; who is ill recovers at this instant by itself."""
        self._is_on = False

    def on_ready(self, instance: Instance) -> None:
        """It may be ill from the beginning."""
        if instance.is_open and self.strikes(instance):
            self._stage.health.fall_ill(instance, self._until)

    def on_gone(self, instance: Instance) -> None:
        """Nothing to do."""
