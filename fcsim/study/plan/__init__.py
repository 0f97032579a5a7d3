"""The cheapest setting that meets the objectives."""

from fcsim.study.plan.planner import plan
from fcsim.study.plan.report import Plan

__all__ = ["Plan", "plan"]
