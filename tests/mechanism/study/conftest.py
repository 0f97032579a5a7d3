"""Scenarios for tests of studies, as files."""

import json

import pytest

BASIC = {
    "fcsim": 1,
    "seed": 5,
    "horizon": "2 min",
    "images": {
        "fat": {"compressed": "900 MB", "server": {"start": "3 s"}},
        "slim": {"compressed": "90 MB", "server": {"start": "500 ms"}},
    },
    "functions": {
        "api": {
            "image": "fat",
            "cpu": 1,
            "memory_size": "1024 MB",
            "pull": "eager",
            "service": {"time": {"exponential": "200 ms"}},
        }
    },
    "workload": {"visits": {"function": "api", "arrivals": {"poisson": "5/s"}}},
    "variants": {
        "slim": {"functions.api.image": "slim"},
        "same": {"functions.api.timeout": "61 s"},
    },
}


@pytest.fixture(scope="session")
def basic():
    """Return the scenario of the files as a mapping."""
    return BASIC


@pytest.fixture
def file(tmp_path):
    """Return a scenario file that runs in some milliseconds."""
    path = tmp_path / "shop.yaml"
    path.write_text(json.dumps(BASIC))
    return path


@pytest.fixture
def slow_file(tmp_path):
    """Return a scenario file of which one run takes a good part of a second."""
    path = tmp_path / "slow.yaml"
    path.write_text(json.dumps({**BASIC, "horizon": "60 min"}))
    return path
