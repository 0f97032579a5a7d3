"""The phases of a cold start: placing, pull, container and server, initializer.

====================  =========================================================================
``scheduleLatencyMs`` at a cold start: ``start.placing`` of the platform
``prepareCode…``      the pull with its credential: ``accelerated.read_rate``
``runtimeInit…``      container and server together: ``images.NAME.server.start``; the container
                      is in it, so ``start.create`` becomes 0 s
``invokeFunction…``   where only cold starts have it: the initializer; else what the cold start
                      is longer than pull and server
====================  =========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario
from fcsim.study.calibrate.log import Floats, Log
from fcsim.study.calibrate.report import Fit, Unidentified
from fcsim.study.calibrate.spread import ENOUGH, fit_times
from fcsim.study.calibrate.values import assumption
from fcsim.workload.samplers import mean

__all__ = ["fit_initializer", "fit_placing", "fit_servers", "started"]

_SHORTEST = 1e-3
"""An initializer below a millisecond is rounding."""


def started(log: Log) -> Log:
    """Return the cold requests whose instance came up."""
    return log.select(log.cold & ~log.failed)


def fit_placing(logs: Mapping[str, Log], date: str) -> Fit | Unidentified:
    """Fit ``start.placing`` from the cold starts of all functions."""
    path = "assumptions.start.placing"
    values = np.concatenate([_known(started(log).columns["schedule"]) for log in logs.values()])
    missing = _too_few(path, values, "scheduleLatencyMs")
    if missing:
        return missing
    fit = fit_times(path, values)
    return replace(fit, written=assumption(fit.written, date))


def fit_servers(scenario: Scenario, logs: Mapping[str, Log], date: str) -> list[Fit | Unidentified]:
    """Fit ``server.start`` of each image from the cold starts of its functions."""
    by_image: dict[str, list[Floats]] = {}
    for name, log in logs.items():
        times = _known(started(log).columns["server"]) - _beside(scenario, scenario.functions[name])
        by_image.setdefault(scenario.functions[name].image, []).append(times)
    return [_server(image, np.concatenate(parts), date) for image, parts in by_image.items()]


def _beside(scenario: Scenario, function: Function) -> float:
    """Return what the simulation adds to the server's start: mounts and the model's load."""
    seconds = 0.0 if function.mount_time is None else mean(function.mount_time)
    if function.model is not None:
        bandwidth = scenario.parameters[f"model.{function.model.tier}_bandwidth"].value
        seconds += function.model.size / bandwidth
    return seconds


def _server(image: str, values: Floats, date: str) -> Fit | Unidentified:
    path = f"images.{image}.server.start"
    missing = _too_few(path, values, "runtimeInitializationMs")
    if missing:
        return missing
    if values.min() <= 0:
        return Unidentified(path, "starts are shorter than the scenario's mounts and model load")
    fit = fit_times(path, values)
    companions = {"assumptions.start.create": assumption("0 s", date)}
    rule = f"{fit.rule}; holds container creation, so start.create is 0 s"
    return replace(fit, rule=rule, companions=companions)


def fit_initializer(name: str, function: Function, log: Log) -> list[Fit | Unidentified]:
    """Fit the initializer of a function; nothing where neither log nor scenario has one."""
    path = f"functions.{name}.instance_lifecycle_config.initializer.time"
    declared = function.instance_lifecycle_config.initializer is not None
    values = _known(_initializers(log))
    if not declared and (not len(values) or np.median(values) < _SHORTEST):
        return []
    missing = _too_few(path, values, "initializer time at cold starts")
    return [missing] if missing else [fit_times(path, np.maximum(values, 0.0))]


def _initializers(log: Log) -> Floats:
    cold = started(log)
    logged = cold.columns["invoke"]
    if np.isfinite(logged).any() and not np.isfinite(log.columns["invoke"][~log.cold]).any():
        return logged
    rest: Floats = cold.columns["cold_start"] - cold.columns["prepare"] - cold.columns["server"]
    return rest


def _known(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _too_few(path: str, values: Floats, field: str) -> Unidentified | None:
    if len(values) >= ENOUGH:
        return None
    if not len(values):
        return Unidentified(path, f"no cold start in the log has {field}")
    return Unidentified(path, f"{len(values)} cold starts with {field}; {ENOUGH} are needed")
