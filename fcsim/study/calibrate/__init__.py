"""Calibration: fit a scenario's values to request logs, and predict what was held out."""

from fcsim.study.calibrate.calibration import calibrate
from fcsim.study.calibrate.report import Calibration, Estimate, Fit, Unidentified

__all__ = ["Calibration", "Estimate", "Fit", "Unidentified", "calibrate"]
