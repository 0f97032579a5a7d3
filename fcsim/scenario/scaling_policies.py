"""Policies that change a function's minimum instances, by the platform's own keys.

Sources: instance scaling page (S51), API structures ScheduledPolicy and ScalingPolicy (S60).
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Annotated, Literal

from pydantic import Field, field_validator

from fcsim.scenario.base import Model
from fcsim.scenario.schedules import moment, read_schedule, zone

__all__ = ["METRICS", "Policy", "ScalingPolicy", "ScheduledPolicy"]

METRICS = ("ProvisionedConcurrencyUtilization", "CPUUtilization", "GPUMemUtilization")


class Policy(Model):
    """What all policies have: a name, and when they are in force."""

    name: str
    """Its name, once a function."""
    start_time: datetime | None = None
    """In force from then on; by default always. Without an offset it is local to ``time_zone``."""
    end_time: datetime | None = None
    """In force before then; by default for ever."""
    time_zone: str | None = None
    """Like ``Asia/Shanghai``; by default UTC."""

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        zone(name)
        return name

    @property
    def place(self) -> tzinfo:
        """The time zone of its times."""
        return zone(self.time_zone)

    @property
    def begin(self) -> datetime | None:
        """When it comes into force, in UTC; None: it always was."""
        return self.start_time and moment(self.start_time, self.place)

    @property
    def end(self) -> datetime | None:
        """When it ceases to be in force, in UTC; None: never."""
        return self.end_time and moment(self.end_time, self.place)


class ScheduledPolicy(Policy):
    """Sets the minimum at certain times."""

    target: Annotated[int, Field(ge=0)]
    """Minimum instances from each of its times on."""
    schedule_expression: str
    """``cron(sec min hour day-of-month month day-of-week)`` or ``at(yyyy-mm-ddThh:mm:ss)``."""

    @field_validator("schedule_expression")
    @classmethod
    def _readable(cls, text: str) -> str:
        read_schedule(text)
        return text


class ScalingPolicy(Policy):
    """Follows a utilisation of the minimum instances (target tracking)."""

    metric_type: Literal["ProvisionedConcurrencyUtilization", "CPUUtilization", "GPUMemUtilization"]
    """Requests in flight over slots, vCPU in use over vCPU, or GPU memory in use over it."""
    metric_target: Annotated[float, Field(gt=0, le=1)]
    """Utilisation to keep, like 0.6."""
    min_instances: Annotated[int, Field(ge=0)] = 1
    """It never scales in below; at 0 there is nothing left to measure, and it stays there."""
    max_instances: Annotated[int, Field(ge=1)]
    """It never scales out beyond."""
