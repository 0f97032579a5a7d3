"""Laws of traffic imports: nothing is lost, nothing moves, overlaps are counted as they are."""

import json
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fcsim import load
from fcsim.importers.concurrency import TICK, InstanceSweep
from fcsim.importers.metric_files import Point
from fcsim.importers.metric_series import MetricSeries
from fcsim.importers.metrics import INVOCATIONS
from fcsim.importers.saving import save
from fcsim.importers.sls import LogOptions, import_sls
from fcsim.streams import Streams
from fcsim.workload.source import Requests

T = 1_764_000_000_000

runs = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 50), st.integers(0, 20)), min_size=1
)


@given(runs, st.integers(1, 5))
def test_the_sweep_counts_what_overlaps(runs, parts):
    sweep = InstanceSweep()
    for part in np.array_split(np.arange(len(runs)), parts):
        instance = np.array([runs[i][0] for i in part], object)
        start = np.array([runs[i][1] for i in part], float)
        end = start + np.array([runs[i][2] for i in part], float)
        sweep.add(np.zeros(len(part), np.int64), instance, start, end)
    at_once = [
        sum(a == one and b <= begin < b + length - TICK for a, b, length in runs)
        for one, begin, _ in runs
    ]
    assert sweep.most(0) == max(1, *at_once)


requests = st.lists(
    st.tuples(st.sampled_from(["pay", "get"]), st.integers(0, 10**6), st.integers(0, 10**5)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=25)
@given(requests)
def test_every_request_of_a_log_arrives_at_its_millisecond(requests):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            {"functionName": f, "invocationStartTimestamp": T + at, "durationMs": took}
            for f, at, took in requests
        ]
        (folder / "log").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (folder / "draft").mkdir()
        imported = import_sls([folder / "log"], folder / "draft", LogOptions())
        save(imported, folder / "s.yaml")
        scenario = load(folder / "s.yaml")
        source = Requests(scenario, Streams(1))
        block = source.block()
    begin = scenario.start.timestamp()
    found = sorted(
        (source.functions[f][0], round((begin + t) * 1e3) - T, round(work * 1e3))
        for f, t, work in zip(block.function, block.time, block.work, strict=True)
    )
    assert found == sorted(requests)


points = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(29_400_000, 29_400_100), st.integers(1, 9)),
    min_size=1,
    max_size=30,
)


@given(points)
def test_calls_of_one_export_add_up(points):
    series = MetricSeries(
        Point(0, INVOCATIONS, function, minute * 60.0, float(value))
        for function, minute, value in points
    )
    total = sum(
        series.of(INVOCATIONS, function).get(minute, 0)
        for function in series.functions
        for minute in series.window
    )
    assert total == sum(value for _, _, value in points)
