"""Service time: what one request takes, warm and, where it differs, cold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fcsim.scenario.functions import Function
from fcsim.study.calibrate.log import Bools, Floats, Log
from fcsim.study.calibrate.report import Fit, Unidentified
from fcsim.study.calibrate.spread import ENOUGH, fit_times

__all__ = ["alone", "fit_service"]

_LATE = "FunctionTimeoutError"
_COLD_ENOUGH = 8
"""Fewest cold requests whose service time can be told from that of warm ones."""


def fit_service(name: str, function: Function, log: Log) -> list[Fit | Unidentified]:
    """Fit ``service.time`` from warm requests, and ``service.cold_time`` where it differs."""
    path = f"functions.{name}.service"
    usable, warnings = _usable(function, log)
    durations = log.columns["duration"]
    warm = durations[usable & ~log.cold]
    if len(warm) < ENOUGH:
        why = f"{len(warm)} warm requests without error; {ENOUGH} are needed"
        return [Unidentified(f"{path}.time", why)]
    fit = fit_times(f"{path}.time", warm)
    fits: list[Fit | Unidentified] = [_warned(fit, warnings)]
    return [*fits, *_cold(f"{path}.cold_time", function, warm, durations[usable & log.cold])]


def _usable(function: Function, log: Log) -> tuple[Bools, list[str]]:
    """Return which requests show the time alone at full speed, and what to warn of."""
    good = ~log.failed & np.isfinite(log.columns["duration"])
    warnings = []
    late = int((log.columns["error"] == _LATE).sum())
    if late * 100 >= max(1, int(good.sum())):
        warnings.append(
            f"at bound: {late} requests ran into the time-out and are not in the fit; "
            "its tail is cut there"
        )
    vcpu = function.service.vcpu or 0.0
    if function.instance_concurrency * vcpu > function.cpu:
        warnings.append(
            "requests share vCPU: only those that ran alone on their instance are fitted, "
            "which favours short ones a little"
        )
        good &= alone(log)
    return good, warnings


def alone(log: Log) -> Bools:
    """Return which requests met no other one on their instance (of the function, without ids)."""
    apart = np.ones(len(log), dtype=bool)
    for rows in log.by_instance():
        start, end = log.start[rows], np.maximum.accumulate(log.end[rows])
        clear = start[1:] >= end[:-1]
        apart[rows] = np.append(True, clear) & np.append(clear, True)
    return apart


def _warned(fit: Fit, warnings: list[str]) -> Fit:
    return replace(fit, warnings=(*fit.warnings, *warnings))


def _cold(
    path: str,
    function: Function,
    warm: Floats,
    cold: Floats,
) -> list[Fit | Unidentified]:
    from scipy import stats

    if len(cold) < _COLD_ENOUGH:
        why = f"{len(cold)} cold requests; {_COLD_ENOUGH} are needed to tell them from warm ones"
        return [Unidentified(path, why)]
    if function.service.cold_time is None and stats.ks_2samp(warm, cold).pvalue > 0.01:
        why = (
            f"the {len(cold)} cold requests take as long as warm ones (Kolmogorov-Smirnov, 1 %): "
            "drawn like service.time"
        )
        return [Unidentified(path, why)]
    fit = fit_times(path, cold)
    if len(cold) < ENOUGH:
        fit = _warned(fit, [f"only {len(cold)} cold requests"])
    return [fit]
