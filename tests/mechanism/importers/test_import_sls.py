"""Request logs become scenarios: arrivals, service times, settings, and what is told."""

import json

import numpy as np
import pytest

from fcsim import load, run
from fcsim.errors import UsageError
from fcsim.importers.concurrency import InstanceSweep
from fcsim.importers.saving import save
from fcsim.importers.sls import LogOptions, import_sls
from fcsim.streams import Streams
from fcsim.workload.source import Requests

T = 1_764_000_000_000  # 2025-11-24 16:00:00 UTC
MIB = 1024**2


def row(at, duration=100.0, **more):
    """Return a log row at so many ms after T."""
    return {
        "functionName": "pay",
        "operation": "InvokeFunction",
        "invocationStartTimestamp": str(T + at),
        "durationMs": str(duration),
        "instanceID": "c-1",
        "memoryMB": "1024",
        **more,
    }


def cold(at, duration=100.0, start=500.0, **more):
    phases = {"prepareCodeLatencyMs": "100", "runtimeInitializationMs": str(start - 100)}
    start = {"isColdStart": "true", "coldStartLatencyMs": str(start), "scheduleLatencyMs": "10"}
    return row(at, duration, **start, **phases, **more)


@pytest.fixture
def imported(tmp_path):
    """Import rows (JSON lines), save the scenario, and return it with what was told."""

    def build(*rows, **options):
        log, target = tmp_path / "log.jsonl", tmp_path / "out" / "day.yaml"
        log.write_text("".join(json.dumps(one) + "\n" for one in rows))
        (tmp_path / "draft").mkdir(exist_ok=True)
        given = LogOptions(name="day", **options)
        result = import_sls([log], tmp_path / "draft", given)
        save(result, target, force=True)
        return load(target), result

    return build


def told(result, kind=None):
    return [f"{one.where}: {one.text}" for one in result.remarks if kind in (None, one.kind)]


def requests(scenario):
    """Return (function, time, work) of every request of the scenario."""
    source = Requests(scenario, Streams(scenario.seed))
    block = source.block()
    names = [source.functions[place][0] for place in block.function]
    return list(zip(names, block.time.tolist(), block.work.tolist(), strict=True))


def test_every_request_arrives_when_it_did_whatever_the_order_of_rows(imported):
    scenario, _ = imported(row(90_250, 40.5), row(30_000, 7.25), row(61_001, 1000.0))
    assert scenario.start.isoformat() == "2025-11-24T16:00:00+00:00"
    assert scenario.horizon == 120.0
    assert requests(scenario) == [
        ("pay", 30.0, 0.00725),
        ("pay", 61.001, 1.0),
        ("pay", 90.25, 0.0405),
    ]


def test_functions_share_one_clock(imported):
    other = {"functionName": "get", "memoryMB": "512"}
    scenario, _ = imported(row(5_000), row(65_000, 20.0, **other))
    assert requests(scenario) == [("pay", 5.0, 0.1), ("get", 65.0, 0.02)]
    sizes = {name: one.memory_size / MIB for name, one in scenario.functions.items()}
    assert sizes == {"pay": 1024, "get": 512}
    assert {name: one.cpu for name, one in scenario.functions.items()} == {"pay": 0.5, "get": 0.25}


def test_names_of_the_log_become_names_of_the_scenario(imported):
    names = ["shop$pay", "shop-pay", "_x"]
    scenario, _ = imported(*(row(i, functionName=name) for i, name in enumerate(names)))
    assert list(scenario.functions) == ["shop-pay", "shop-pay-2", "x"]


def test_a_cold_duration_shorter_than_its_start_proves_that_it_holds_none(imported):
    scenario, result = imported(row(0), cold(1000, 800.0), cold(2000, 90.0))
    assert [work for _, _, work in requests(scenario)] == [0.1, 0.8, 0.09]
    assert any("1 of 2 cold rows take less than their" in line for line in told(result, "note"))


def test_otherwise_the_cold_start_is_taken_off(imported):
    scenario, result = imported(row(0), cold(1000, 800.0), cold(2000, 590.0))
    assert [work for _, _, work in requests(scenario)] == pytest.approx([0.1, 0.3, 0.09])
    assert any("none of 2 cold rows takes less" in line for line in told(result, "assumed"))


def test_a_cold_start_that_failed_proves_nothing(imported):
    failed = cold(2000, 0.0, errorType="FunctionNotStarted")
    scenario, _ = imported(cold(1000, 800.0), failed)
    assert [work for _, _, work in requests(scenario)] == pytest.approx([0.3, 0.0])


def test_concurrency_is_the_most_seen_at_once_on_one_instance(imported):
    rows = [row(0), row(50), row(60, instanceID="c-2"), row(70), row(100), row(149.5)]
    scenario, result = imported(*rows)
    assert scenario.functions["pay"].instance_concurrency == 3
    assert any("3: most requests seen at once" in line for line in told(result, "assumed"))


def sweep(*runs, function=0):
    seen = InstanceSweep()
    for run_ in runs:
        instance, start, end = zip(*run_, strict=True)
        codes = np.full(len(start), function)
        seen.add(codes, np.array(instance, object), np.array(start), np.array(end))
    return seen.most(function)


def test_overlaps_are_seen_across_blocks_and_not_across_instances():
    assert sweep([("a", 0.0, 10.0)], [("a", 1.0, 2.0)], [("a", 9.0, 11.0), ("b", 9.0, 11.0)]) == 2
    assert sweep([("a", 0.0, 1.0), ("b", 0.0, 1.0), ("", 0.0, 1.0), ("", 0.0, 1.0)]) == 1


def test_requests_that_meet_or_overlap_by_less_than_a_millisecond_are_one_after_the_other():
    assert sweep([("a", 0.0, 1.0), ("a", 1.0, 2.0), ("a", 1.9995, 3.0)]) == 1
    assert sweep([("a", 0.0, 1.0), ("a", 0.998, 2.0)]) == 2


def test_minimum_instances_are_the_most_of_one_hour(imported):
    def of(hour, instance):
        return row(hour * 3_600_000, instanceID=instance, resourceMode="Provision")

    scenario, _ = imported(of(0, "a"), of(0, "b"), of(1, "c"), of(1, "c"), row(0, instanceID="d"))
    assert scenario.functions["pay"].scaling_config.min_instances == 2


def test_twenty_cold_starts_measure_the_start(imported):
    scenario, result = imported(*(cold(i * 1000, 90.0, 300.0 + i) for i in range(20)))
    start = scenario.images["pay"].server.start.empirical.quantiles
    assert (start[0], start[1]) == (pytest.approx(0.2, rel=2e-3), pytest.approx(0.219, rel=2e-3))
    placing = scenario.parameters["start.placing"]
    assert placing.provenance == "measured"
    assert placing.value.empirical.quantiles[0.5] == pytest.approx(0.01, rel=2e-3)
    assert scenario.parameters["start.create"].value.constant == 0
    assert any("server.start follows" in line for line in told(result, "assumed"))


def test_nineteen_are_not_enough(imported):
    scenario, result = imported(*(cold(i * 1000, 90.0) for i in range(19)))
    assert scenario.images["pay"].server.start is None
    assert scenario.assumptions == {}
    line = "functions.pay: coldStartLatencyMs of cold rows: median 500 ms, p95 500 ms, max 500 ms"
    assert line in told(result, "note")


def test_what_is_told(imported):
    rows = [row(3000), row(2500), row(4000, invocationType="Async"), row(5000, statusCode="500")]
    rows += [row(6000, operation="ListFunctions"), row(7000, memoryMB="512"), row(8000, "x")]
    _, result = imported(*rows)
    lines = told(result)
    for text in (
        "1 rows are earlier than the row before, by 500 ms at most",
        "1 asynchronous requests arrive as synchronous ones",
        "1 requests failed",
        "1 × operation is not InvokeFunction",
        "1 × durationMs is not a number",
        "several sizes (1024 MB, 512 MB)",
        "500 MB (compressed): traffic does not tell image sizes",
        "0.50: 1 vCPU for 2 GB of memory",
        "60 s: twice the longest time that is known",
    ):
        assert any(text in line for line in lines), text


def test_a_stray_clock_is_told_and_can_be_cut(imported):
    stray = row(-86_400_000 * 365)
    _, result = imported(row(0), stray)
    assert any("that is long: if a clock went astray" in line for line in told(result, "note"))
    scenario, _ = imported(row(0), stray, row(70_000), begin=T / 1000, end=T / 1000 + 70)
    assert len(requests(scenario)) == 1


def test_one_function_of_several(imported):
    scenario, _ = imported(row(0), row(1, functionName="get"), functions=("get",))
    assert list(scenario.functions) == ["get"]
    with pytest.raises(UsageError, match="no request of the log is of these functions"):
        imported(row(0), functions=("put",))


def test_too_many_functions_are_an_error(imported):
    with pytest.raises(UsageError, match="more than 200 functions; choose some with --function"):
        imported(*(row(i, functionName=f"f{i}") for i in range(201)))


def test_without_pyarrow_the_trace_is_csv(imported, monkeypatch, tmp_path):
    from fcsim.importers import trace_files

    monkeypatch.setattr(trace_files, "find_spec", lambda name: None)
    scenario, result = imported(row(250, 40.5), row(1000, 7.25))
    assert list(result.files) == ["day.pay.csv"]
    assert (tmp_path / "out" / "day.pay.csv").read_text() == (
        f"time,service\n{T + 250},40.5\n{T + 1000},7.25\n"
    )
    assert len(requests(scenario)) == 2


def test_the_scenario_runs(imported):
    scenario, _ = imported(cold(0), *(row(i * 500) for i in range(1, 100)), image="200 MB")
    result = run(scenario)
    assert result.kpis["requests"]["completed"] == 100
    assert scenario.images["pay"].compressed == 200e6
