"""Scenarios as regression tests: objectives and stored baselines, judged over several runs."""

from fcsim.study.check.checking import check
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Report, Verdict

__all__ = ["Check", "Checked", "Kind", "Place", "Report", "Verdict", "check"]
