"""A scenario whose values are known, its log, and what calibrating from it finds."""

from types import SimpleNamespace

import pytest

import fcsim
from fcsim.results.request_log import write

KNOWN = {
    "fcsim": 1,
    "name": "known",
    "horizon": "8 h",
    "images": {
        "shop": {
            "compressed": "600 MB",
            "server": {"start": {"lognormal": {"median": "1.8 s", "p99": "6 s"}}},
        }
    },
    "functions": {
        "f": {
            "image": "shop",
            "timeout": "60 s",
            "keep_alive": "47 s",
            "instance_lifecycle_config": {"initializer": {"time": {"exponential": "400 ms"}}},
            "service": {"time": {"lognormal": {"median": "1200 ms", "p99": "9 s"}}},
        }
    },
    "workload": {
        "w": {
            "function": "f",
            "arrivals": {
                "mmpp": [
                    {"rate": "1/min", "mean_stay": "10 min"},
                    {"rate": "0.5/s", "mean_stay": "1 min"},
                ]
            },
        }
    },
    "caches": {"host": {"policy": "none"}},
    "assumptions": {
        "dispatch.policy": "most_recently_used",
        "start.placing": {"value": {"exponential": "20 ms"}},
        "start.create": "0 s",
        "accelerated.read_rate": "150 MB/s",
    },
}
TRUE = {
    "functions.f.service.time": {"median": 1.2, "p99": 9.0},
    "images.shop.server.start": {"median": 1.8, "p99": 6.0},
    "assumptions.start.placing": {"mean": 0.020},
    "functions.f.instance_lifecycle_config.initializer.time": {"mean": 0.4},
    "functions.f.keep_alive": {"keep_alive": 47.0},
}
GUESS = {
    **KNOWN,
    "images": {"shop": {"compressed": "600 MB"}},
    "functions": {"f": {"image": "shop", "timeout": "60 s", "service": {"time": "1 s"}}},
    "assumptions": {},
}
"""What a user knows before: sizes and limits, but no times."""


def log_of(scenario, path, seed=1):
    """Simulate and write the request log."""
    return write(fcsim.run(fcsim.load(scenario, seed=seed), keep=True), path)


def covered(report):
    """Return, for each true value, whether its interval holds it; wrong families hold nothing."""
    found = []
    for path, values in TRUE.items():
        estimates = {e.name: e for e in report.fit(path).estimates}
        for name, value in values.items():
            e = estimates.get(name)
            found.append(e is not None and e.low <= value <= e.high)
    return found


@pytest.fixture(scope="session")
def known():
    """The known scenario, what is true of it, a first guess, and ways to use them."""
    return SimpleNamespace(scenario=KNOWN, true=TRUE, guess=GUESS, log_of=log_of, covered=covered)


@pytest.fixture(scope="session")
def log(tmp_path_factory):
    """The request log of one run of the known scenario."""
    return log_of(KNOWN, tmp_path_factory.mktemp("calibrate") / "requests.jsonl")


@pytest.fixture(scope="session")
def report(log):
    """What was found in that log, the last 30 % of it predicted."""
    return fcsim.calibrate(GUESS, log, date="2026-11-24", replications=4)
