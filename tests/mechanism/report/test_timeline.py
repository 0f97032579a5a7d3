"""Timelines: slices of a track nest or follow each other, and the file is what viewers read."""

import json
from collections import defaultdict

import pytest

from fcsim import load, run
from fcsim.errors import UsageError
from fcsim.report.timeline import timeline
from fcsim.results.result import Result
from fcsim.sim.record import ErrorCode, Outcome, Start

SCENARIOS = ("quickstart", "cold-cache-rollout", "misconfigured-port", "shared-base-layer")


def overlaps(events):
    """Return slices that neither lie inside the one around them nor follow it."""
    tracks = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append(event)
    return [pair for track in tracks.values() for pair in _overlaps(track)]


def _overlaps(track):
    around = []
    # A viewer puts slices in order of time; of those that begin together the first is outside.
    for event in sorted(track, key=lambda e: e["ts"]):
        begin, end = event["ts"], event["ts"] + event["dur"]
        while around and around[-1][0] <= begin:
            around.pop()
        if around and end > around[-1][0]:
            yield around[-1][1], event
        around.append((end, event))


@pytest.mark.parametrize("name", SCENARIOS)
def test_slices_nest_on_every_track(root, name):
    short = {"quickstart": "120 s"}.get(name, "90 s")
    scenario = load(root / "scenarios" / f"{name}.yaml", overrides=[f"horizon={short}"])
    drawn = timeline(run(scenario, keep=True))
    assert len(drawn.events) > 10
    assert all(event["dur"] >= 0 for event in drawn.events if event["ph"] == "X")
    assert overlaps(drawn.events) == []


def test_overlapping_slices_would_be_found():
    track = [{"ph": "X", "pid": 1, "tid": 1, "ts": ts, "dur": 10} for ts in (0, 5)]
    assert len(overlaps(track)) == 1


def slices(drawn):
    return [(e["name"], e["ts"], e["dur"]) for e in drawn.events if e["ph"] == "X"]


def test_one_cold_start(hand_made):
    record = hand_made.record(
        [hand_made.request(1, 4, 5, 0, start=Start.COLD)],
        [hand_made.instance(1, placed=1.5, credential=2, pulled=3, ready=4, gone=9, stopping=8)],
        [hand_made.pull(2, 2.5, 100.0, flowing=2.25, unpacked=3)],
    )
    assert slices(timeline(Result(record))) == [
        ("f #0", 1_000_000, 8_000_000),
        ("start", 1_000_000, 3_000_000),
        ("placing", 1_000_000, 500_000),
        ("credential", 1_500_000, 500_000),
        ("pull", 2_000_000, 1_000_000),
        ("initializer", 3_000_000, 1_000_000),
        ("pre-stop", 8_000_000, 1_000_000),
        ("request 0", 4_000_000, 1_000_000),
        ("i from registry", 2_000_000, 1_000_000),
        ("wait", 2_000_000, 250_000),
        ("flow", 2_250_000, 250_000),
        ("unpack", 2_500_000, 500_000),
    ]


def test_requests_of_one_instance_take_slots(hand_made):
    times = [(1, 5), (2, 3), (3, 4), (4, 6)]
    record = hand_made.record(
        [hand_made.request(a, a, b, 0) for a, b in times],
        [hand_made.instance()],
        functions={"f": {"instance_concurrency": 3}},
    )
    events = timeline(Result(record)).events
    tracks = [
        e["tid"] - 100_000 for e in events if e["name"].startswith("request ") and e["ph"] == "X"
    ]
    assert tracks == [0, 1, 1, 1]
    names = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert {"host 0", "f #0", "f #0 slot 1", "requests without an instance"} <= names
    assert "f #0 slot 2" not in names


def test_refusals_are_instants(hand_made):
    refused = hand_made.request(
        1, ended=1, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_EXHAUSTED
    )
    (event,) = (e for e in timeline(Result(hand_made.record([refused]))).events if e["ph"] == "i")
    assert (event["name"], event["ts"], event["pid"]) == ("ResourceExhausted", 1_000_000, 0)


def test_what_never_ended_lasts_to_the_end_of_the_run(hand_made):
    record = hand_made.record([hand_made.request(1, 2, instance=0)], [hand_made.instance(0)])
    record.counters = {"end": 130.0}
    assert slices(timeline(Result(record))) == [
        ("f #0", 0, 130_000_000),
        ("request 0", 2_000_000, 128_000_000),
    ]


def test_a_long_run_is_cut_with_a_remark(hand_made):
    record = hand_made.record(
        [hand_made.request(k, k, k + 1, 0) for k in range(10)],
        [hand_made.instance(), hand_made.instance(7.0)],
    )
    drawn = timeline(Result(record), most=4)
    assert drawn.requests == 4
    assert drawn.remark == "cut at 4 s: it holds the first 4 of 10 requests"
    names = [name for name, _, _ in slices(drawn)]
    assert names == ["f #0", *(f"request {k}" for k in range(4))]


def test_the_file_is_json_and_the_same_each_time(hand_made):
    record = hand_made.record([hand_made.request(1, 1, 2, 0)], [hand_made.instance()])
    text = "".join(timeline(Result(record)).text())
    assert json.loads(text)["otherData"] == {"requests": 1, "remark": ""}
    assert text == "".join(timeline(Result(record)).text())


def test_a_run_without_rows_is_a_mistake(root):
    scenario = load(root / "scenarios" / "one-host-cache.yaml")
    with pytest.raises(UsageError, match="needs the rows"):
        timeline(run(scenario, keep=False))
