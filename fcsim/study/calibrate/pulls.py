"""The pull: how fast a start gets its image.

With accelerated loading a start reads a share of the image's compressed bytes. The log shows the
time, so only the quotient of share and rate is identified: the share stays the scenario's
assumption and ``accelerated.read_rate`` follows from the median start that had to read. With an
eager pull transfer and unpacking are one time in the log, so a rate is reported and not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fcsim.scenario.content import image_layers
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import describe_preset
from fcsim.study.calibrate.log import Floats, Log
from fcsim.study.calibrate.phases import started
from fcsim.study.calibrate.report import Estimate, Fit, Unidentified
from fcsim.study.calibrate.spread import ENOUGH, Sample, order_interval, resolution
from fcsim.study.calibrate.values import assumption, bandwidth

__all__ = ["Line", "fit_pull", "line"]


class Line(NamedTuple):
    """Time = constant + bytes / rate."""

    rate: float
    """Bytes a second."""
    constant: float
    """Seconds."""

    def seconds(self, size: float) -> float:
        """Return the time for *size* bytes."""
        return self.constant + size / self.rate


def line(sizes: Floats, seconds: Floats) -> Line:
    """Return the least-squares line through times of images of two or more sizes."""
    slope, constant = np.polyfit(sizes, seconds, 1)
    return Line(1 / float(slope), float(constant))


@dataclass(frozen=True)
class _Starts:
    """Starts of one function that had to read their image."""

    size: float
    """Compressed bytes of the image."""
    mode: str
    seconds: Floats
    """Time of the pull, credential taken off."""
    from_host: int
    """Starts that found the image on their host."""


def fit_pull(scenario: Scenario, logs: Mapping[str, Log], date: str) -> list[Fit | Unidentified]:
    """Fit the rate of pulls from the cold starts of all functions; say what caches did."""
    path = "assumptions.accelerated.read_rate"
    found = [_starts(scenario, name, log) for name, log in logs.items()]
    if all(one.mode == "none" for one in found):
        return [Unidentified(path, "images are in place in this scenario (pull.mode none)")]
    number, cached = sum(len(one.seconds) for one in found), sum(one.from_host for one in found)
    if not number + cached:
        return [Unidentified(path, "no cold start in the log has prepareCodeLatencyMs")]
    told = f"{cached} of {number + cached} starts found their image on the host"
    caches = Unidentified(
        "caches.host", f"{told}; which hosts and caches make that so is not in the log"
    )
    if number < ENOUGH:
        why = f"{number} cold starts had to read their image; {ENOUGH} are needed"
        return [Unidentified(path, why), caches]
    if len({one.mode for one in found if len(one.seconds)}) > 1:
        return [Unidentified(path, "some functions pull eagerly, others load accelerated"), caches]
    return [_rate(path, scenario, [one for one in found if len(one.seconds)], date), caches]


def _starts(scenario: Scenario, name: str, log: Log) -> _Starts:
    function = scenario.functions[name]
    mode = function.pull or scenario.parameters["pull.mode"].value
    ratio = scenario.parameters["image.compression_ratio"].value
    size = sum(layer.compressed for layer in image_layers(scenario, function.image, ratio))
    cold = started(log)
    cold = cold.select(np.isfinite(cold.columns["prepare"]))
    seconds = cold.columns["prepare"] - _credentials(scenario, cold)
    pulled = seconds > _least(scenario, size, mode)
    latency = scenario.parameters["cache.zone_latency"].value if mode == "accelerated" else 0.0
    return _Starts(size, mode, seconds[pulled] - latency, int((~pulled).sum()))


def _credentials(scenario: Scenario, cold: Log) -> Floats:
    """Return what each start spent on a credential: it is obtained anew after its lifetime."""
    latency = scenario.parameters["credential.latency"].value
    lifetime = scenario.parameters["credential.lifetime"].value
    spent, until = np.zeros(len(cold)), -np.inf
    begins = cold.arrival + np.nan_to_num(cold.columns["schedule"])
    for k, begin in enumerate(begins.tolist()):
        if begin >= until:
            spent[k], until = latency, begin + latency + lifetime
    paid: Floats = np.minimum(spent, cold.columns["prepare"])
    return paid


def _least(scenario: Scenario, size: float, mode: str) -> float:
    """Return the shortest time that can be a pull, by the favourable ends of the preset."""
    ends = {p.name: p for p in describe_preset("page", scenario.platform.region)}
    if mode == "eager":
        return float(size / ends["registry.connection_bandwidth"].high / 8)
    share, rate = ends["accelerated.read_at_start"], ends["accelerated.read_rate"]
    return float(share.low * size / rate.high / 2)


def _rate(path: str, scenario: Scenario, found: list[_Starts], date: str) -> Fit:
    eager = found[0].mode == "eager"
    share = 1.0 if eager else scenario.parameters["accelerated.read_at_start"].value
    step = resolution(np.concatenate([one.seconds for one in found]))
    rates = np.sort(np.concatenate([share * one.size / one.seconds for one in found]))
    slow, fast = order_interval(rates, 0.5)
    value = float(np.median(rates))
    grain = step / 2 * value / (share * float(np.mean([one.size for one in found])))
    estimate = Estimate("rate", value, slow * (1 - grain), fast * (1 + grain), "bandwidth")
    seconds = np.sort(np.concatenate([one.seconds for one in found]))
    evidence = Sample(seconds, (), "constant" if seconds[-1] - seconds[0] < 2 * step else "median")
    number = len(rates)
    if eager:
        rule = "median of compressed bytes / pull time, transfer and unpacking together"
        return Fit("pull (eager)", None, (estimate,), number, rule, (), evidence)
    ends = (bandwidth(min(estimate.low, value)), bandwidth(max(estimate.high, value)))
    written = assumption(bandwidth(value), date, ends)
    rule = f"median of {share * 100:g} % of the compressed bytes / pull time{_line(found)}"
    return Fit(path, written, (estimate,), number, rule, (), evidence)


def _line(found: list[_Starts]) -> str:
    sizes = {one.size for one in found}
    if len(sizes) < 2:
        return ""
    medians = np.array([np.median(one.seconds) for one in found])
    through = line(np.array([one.size for one in found]), medians)
    if through.rate <= 0:
        return ""
    return (
        f"; a line through {len(found)} images: {through.rate / 1e6:.1f} MB/s of the whole "
        f"image and {through.constant:.2f} s"
    )
