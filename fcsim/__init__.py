"""fcsim: predict latency and cost of container-image functions on Function Compute.

>>> from fcsim import load, run
>>> result = run(load("scenarios/quickstart.yaml"))
>>> result.kpi("latency.p99")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Calibration": "fcsim.study.calibrate.report",
    "Comparison": "fcsim.study.compare",
    "Plan": "fcsim.study.plan.report",
    "Result": "fcsim.results.result",
    "Scenario": "fcsim.scenario.model",
    "Store": "fcsim.study.store",
    "Sweep": "fcsim.study.sweep",
    "Work": "fcsim.study.workers",
    "band": "fcsim.study.band",
    "batch_means": "fcsim.study.batches",
    "calibrate": "fcsim.study.calibrate.calibration",
    "check": "fcsim.study.check.checking",
    "compare": "fcsim.study.compare",
    "load": "fcsim.scenario.loader",
    "load_result": "fcsim.results.storage",
    "plan": "fcsim.study.plan.planner",
    "replicate": "fcsim.study.replications",
    "run": "fcsim.runner",
    "sensitivity": "fcsim.study.sensitivity",
    "sweep": "fcsim.study.sweep",
}

__all__ = [
    "Calibration",
    "Comparison",
    "Plan",
    "Result",
    "Scenario",
    "Store",
    "Sweep",
    "Work",
    "__version__",
    "band",
    "batch_means",
    "calibrate",
    "check",
    "compare",
    "load",
    "load_result",
    "plan",
    "replicate",
    "run",
    "sensitivity",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``fcsim --help`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fcsim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
