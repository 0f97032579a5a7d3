"""Traces become scenarios with the right keys; their traps are told."""

import pytest

from fcsim import load
from fcsim.errors import ScenarioError, UsageError
from fcsim.importers.saving import save
from fcsim.importers.trace_import import TraceOptions, import_trace
from fcsim.streams import Streams
from fcsim.workload.source import Requests


@pytest.fixture
def imported(tmp_path):
    def build(content, form=None, name="t.csv"):
        path = tmp_path / name
        if content is not None:
            path.write_text(content)
        (tmp_path / "draft").mkdir(exist_ok=True)
        result = import_trace(path, tmp_path / "draft", TraceOptions("day", None, form))
        save(result, tmp_path / "day.yaml", force=True)
        return load(tmp_path / "day.yaml"), result

    return build


def block(scenario):
    return Requests(scenario, Streams(1)).block()


def told(result, kind=None):
    return [f"{one.where}: {one.text}" for one in result.remarks if kind in (None, one.kind)]


def test_the_trace_of_language_models(imported):
    content = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.5,1000,10\n"
    scenario, result = imported(content)
    assert scenario.start.isoformat() == "2023-11-16T18:17:00+00:00"
    requests = block(scenario)
    assert (requests.time.tolist(), requests.work.tolist()) == ([3.5], [0.05 + 0.2 + 0.3])
    assert any("measure your own model" in line for line in told(result, "assumed"))


def test_the_trace_of_2021_starts_at_end_less_duration(imported):
    content = "app,func,end_timestamp,duration\na,f,10,8\na,g,4,1\n"
    scenario, result = imported(content)
    requests = block(scenario)
    assert (requests.time.tolist(), requests.work.tolist()) == ([0.0, 1.0], [8.0, 1.0])
    assert scenario.workload["app"].one_function_per == "key"
    assert any("no date" in line for line in told(result, "assumed"))


def test_the_sample_of_2019_sums_14_days_and_the_original_does_not(imported):
    scenario, result = imported("HashFunction,HashApp,minute_1,minute_2\nf,a,28,0\n")
    assert (len(block(scenario)), scenario.horizon) == (2, 120.0)
    assert any("sum 14 days" in line for line in told(result, "assumed"))
    scenario, _ = imported("HashOwner,HashFunction,Trigger,1,2\no,f,http,3,0\n")
    assert len(block(scenario)) == 3


@pytest.mark.parametrize(
    "content, times, works",
    [
        ("time,duration\n5.5,1\n2,3\n", [0.0, 3.5], [3.0, 1.0]),
        ("timestamp,duration\n1764000001500,250\n", [1.5], [0.25]),
        ("arrival_time\n2026-11-23T08:00:30+08:00\n2026-11-23T00:01:00Z\n", [30.0, 60.0], None),
    ],
)
def test_timestamps_in_any_unit(imported, content, times, works):
    scenario, _ = imported(content)
    requests = block(scenario)
    assert requests.time.tolist() == times
    assert works is None or requests.work.tolist() == works


def test_counts_long_and_wide(imported):
    scenario, _ = imported("minute,requests\n1,2\n2,0\n3,1\n")
    assert (len(block(scenario)), scenario.horizon) == (3, 180.0)
    scenario, _ = imported("name,minute_1\nf,2\ng,1\n")
    assert (len(block(scenario)), scenario.workload["app"].one_function_per) == (3, "row")


def test_what_cannot_be_used(imported, tmp_path):
    with pytest.raises(UsageError, match="fit none of azure-llm, azure2021, azure2019"):
        imported("a,b\n1,2\n")
    with pytest.raises(UsageError, match="do not fit --trace-format counts: time"):
        imported("time\n1\n", "counts")
    with pytest.raises(ScenarioError, match=r"t\.csv:3:1: column 'time': got 'x'"):
        imported("time\n1\nx\n")
    with pytest.raises(UsageError, match="expected a file"):
        imported(None, name="gone.csv")


@pytest.mark.parametrize(
    "name, requests, functions",
    [("azure_llm2023_code.csv", 8819, 1), ("azure2021_invocations_199.csv", 199, 31)],
)
def test_published_traces_arrive_in_full(data, tmp_path, name, requests, functions):
    (tmp_path / "draft").mkdir()
    result = import_trace(data / name, tmp_path / "draft", TraceOptions("day"))
    save(result, tmp_path / "day.yaml")
    source = Requests(load(tmp_path / "day.yaml"), Streams(1))
    assert (source.expected, len(source.functions)) == (requests, functions)
