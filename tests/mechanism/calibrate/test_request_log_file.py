"""A run's requests as the platform logs them."""

import json

import numpy as np
import pytest

import fcsim
from fcsim.errors import UsageError
from fcsim.importers.request_files import Rejected, read_log
from fcsim.results.request_log import write
from fcsim.results.result import Result
from fcsim.sim.record import ErrorCode, Outcome, Start


@pytest.fixture
def entries(hand_made, tmp_path):
    request, instance = hand_made.request, hand_made.instance
    record = hand_made.record(
        requests=[
            request(10, 13.5, 14.25, instance=0, start=Start.COLD),
            request(20, 20, 20.1234567, instance=0),
            request(30, ended=30, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_EXHAUSTED),
            request(99, 99, instance=0),
        ],
        instances=[
            instance(10, placed=10.01, credential=10.1, pulled=11.0, started=11.2, served=13.0,
                     ready=13.5)
        ],
    )  # fmt: skip
    path = write(Result(record), tmp_path / "deep" / "requests.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_value_is_text_and_moments_have_13_digits(entries):
    assert len(entries) == 3  # the unfinished request is not in a log
    assert all(isinstance(value, str) for entry in entries for value in entry.values())
    assert all(len(entry["invocationStartTimestamp"]) == 13 for entry in entries)


def test_a_cold_start_has_its_phases(entries):
    cold = entries[0]
    assert cold["isColdStart"] == "true"
    assert cold["instanceEvent"] == "ColdStart"
    phases = ("scheduleLatencyMs", "coldStartLatencyMs", "prepareCodeLatencyMs",
              "runtimeInitializationMs", "durationMs")  # fmt: skip
    assert [cold[name] for name in phases] == ["10.00", "3490.00", "990.00", "2000.00", "750.00"]
    assert "invokeFunctionLatencyMs" not in cold  # the function has no initializer


def test_a_warm_request_has_none(entries):
    warm = entries[1]
    assert (warm["isColdStart"], warm["durationMs"]) == ("false", "123.46")
    assert not any(name.startswith(("coldStart", "prepare", "runtime")) for name in warm)


def test_a_refused_request_has_no_instance(entries):
    refused = entries[2]
    assert (refused["statusCode"], refused["errorType"]) == ("429", "ResourceExhausted")
    assert "instanceID" not in refused


def test_what_is_written_is_read_back(log):
    rejected = Rejected()
    (block,) = read_log([log], rejected)
    assert rejected.total == 0
    assert np.isfinite(block["cold_start"]).sum() == block["cold"].sum()
    assert (block["instance"] != "").all()


def test_a_run_that_kept_no_rows_has_no_log(known, tmp_path):
    result = fcsim.run(fcsim.load(known.scenario), keep=False)
    with pytest.raises(UsageError, match="keep=True"):
        write(result, tmp_path / "x.jsonl")
    assert list(tmp_path.iterdir()) == []
