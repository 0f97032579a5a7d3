"""CloudMonitor exports become scenarios: forms, clocks, gaps, duplicates, service times."""

import csv
import gzip
import json
import math

import numpy as np
import pytest

from fcsim import load, run
from fcsim.errors import UsageError
from fcsim.importers.cloudmonitor import MetricOptions, import_cloudmonitor
from fcsim.importers.saving import save
from fcsim.streams import Streams
from fcsim.workload.source import Requests

LONG = """\
metricName,functionName,timestamp,value
FunctionTotalInvocations,pay,2026-11-23T08:00:00+08:00,3
FunctionTotalInvocations,pay,2026-11-23T08:01:00+08:00,0
FunctionTotalInvocations,pay,2026-11-23T08:02:00+08:00,2
FunctionAvgDuration,pay,2026-11-23T08:00:00+08:00,100
FunctionOndemandActiveInstance,pay,2026-11-23T08:00:00+08:00,1
"""


@pytest.fixture
def imported(tmp_path):
    """Import files (name: content), save the scenario, and return it with the import."""

    def build(*contents, suffix="csv", **options):
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"m{number}.{suffix}")
            paths[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "draft").mkdir(exist_ok=True)
        result = import_cloudmonitor(
            paths, tmp_path / "draft", MetricOptions(name="day", **options)
        )
        save(result, tmp_path / "day.yaml", force=True)
        return load(tmp_path / "day.yaml"), result

    return build


def counts(tmp_path):
    """Return the counts file: header, and numbers by row."""
    header, *rows = csv.reader((tmp_path / "day.counts.csv").read_text().splitlines())
    return header, [[float(cell) for cell in row[1:]] for row in rows]


def told(result, kind=None):
    return [f"{one.where}: {one.text}" for one in result.remarks if kind in (None, one.kind)]


def test_a_long_table(imported, tmp_path):
    scenario, _ = imported(LONG)
    assert scenario.start.isoformat() == "2026-11-23T08:00:00+08:00"
    assert scenario.horizon == 180.0
    assert counts(tmp_path) == (["time", "pay"], [[3], [0], [2]])
    block = Requests(scenario, Streams(1)).block()
    assert np.bincount((block.time // 60).astype(int)).tolist() == [3, 0, 2]


def test_the_observed_file_holds_every_value(imported, tmp_path):
    imported(LONG)
    assert (tmp_path / "day.observed.csv").read_text().splitlines() == [
        "time,function,metric,value",
        "2026-11-23T00:00:00+00:00,pay,FunctionAvgDuration,100",
        "2026-11-23T00:00:00+00:00,pay,FunctionOndemandActiveInstance,1",
        "2026-11-23T00:00:00+00:00,pay,FunctionTotalInvocations,3",
        "2026-11-23T00:01:00+00:00,pay,FunctionTotalInvocations,0",
        "2026-11-23T00:02:00+00:00,pay,FunctionTotalInvocations,2",
    ]


@pytest.mark.parametrize("compress", [str.encode, lambda text: gzip.compress(text.encode())])
def test_a_wide_table_of_two_functions(imported, tmp_path, compress):
    wide = """\
Time,Function Name,FunctionTotalInvocations,Function_Memory_Limit_MB,RegionConcurrentCount
2026/11/23 8:00,pay,3,1024,7
2026/11/23 8:01,pay,1,1024,
2026/11/23 8:01,get,5,512,
"""
    scenario, result = imported(compress(wide))
    assert counts(tmp_path) == (["time", "pay", "get"], [[3, 0], [1, 5]])
    sizes = {name: one.memory_size / 2**20 for name, one in scenario.functions.items()}
    assert sizes == {"pay": 1024, "get": 512}
    assert any("Asia/Shanghai: times have no offset" in line for line in told(result, "assumed"))
    assert (
        "2026-11-23T00:00:00+00:00,,RegionConcurrentCount,7\n"
        in (tmp_path / "day.observed.csv").read_text()
    )


POINTS = [
    {"timestamp": 1_764_000_000_000, "functionName": "pay", "Average": 1.5, "Sum": 3},
    {"timestamp": 1_764_000_060_000, "functionName": "pay", "Average": 1, "Sum": 4},
]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"Period": "60", "Datapoints": POINTS}, indent=1),
        json.dumps({"Period": "60", "Datapoints": json.dumps(POINTS)}),
        json.dumps(POINTS),
        "".join(json.dumps(point) + "\n" for point in POINTS),
    ],
)
def test_answers_of_the_api_take_the_fitting_statistic(imported, tmp_path, content):
    imported(content, suffix="json", metric="FunctionTotalInvocations")
    assert counts(tmp_path)[1] == [[3], [4]]


def test_the_metric_may_stand_in_the_name_of_the_file(imported, tmp_path):
    path = tmp_path / "acs_fc-FunctionTotalInvocations-60.json"
    path.write_text(json.dumps({"Datapoints": POINTS}))
    result = import_cloudmonitor([path], tmp_path, MetricOptions())
    assert list(result.document["functions"]) == ["pay"]


def test_silent_minutes_are_zero_and_holes_are_unknown(imported, tmp_path):
    rows = [
        "FunctionTotalInvocations,pay,1764000000,2",
        "FunctionOndemandActiveInstance,pay,1764000060,1",
        "FunctionTotalInvocations,pay,1764000180,4",
    ]
    _, result = imported(metrics(*rows))
    assert counts(tmp_path)[1] == [[2], [0], [0], [4]]
    lines = told(result, "assumed")
    assert any("1 of 4 periods have no FunctionTotalInvocations while" in line for line in lines)
    assert any("1 of 4 periods have no value of any metric" in line for line in lines)
    assert any("(2025-11-25 00:02)" in line for line in lines)


def metrics(*rows):
    return "\n".join(["metric,function,time,value", *rows])


def test_several_values_of_a_minute_in_one_file_go_by_the_kind_of_metric(imported, tmp_path):
    rows = [
        f"{metric},pay,176400000{second},{value}"
        for metric in ("FunctionTotalInvocations", "FunctionAvgDuration", "FunctionP99Duration")
        for second, value in ((0, 10), (5, 30))
    ]
    _, result = imported(metrics(*rows))
    assert counts(tmp_path)[1] == [[40]]
    observed = [line.split(",")[2:] for line in (tmp_path / "day.observed.csv").open()][1:]
    assert observed == [
        ["FunctionAvgDuration", "20\n"],
        ["FunctionP99Duration", "30\n"],
        ["FunctionTotalInvocations", "40\n"],
    ]
    assert any("3 minutes have several values" in line for line in told(result, "assumed"))


def test_exports_that_overlap_count_once_and_others_add_up(imported, tmp_path):
    first = metrics("FunctionTotalInvocations,pay,1764000000,5")
    _, result = imported(first, first)
    assert counts(tmp_path)[1] == [[5]]
    assert any("1 values stand in several files alike" in line for line in told(result, "note"))
    imported(first, metrics("FunctionTotalInvocations,pay,1764000000,6"))
    assert counts(tmp_path)[1] == [[11]]


def test_a_longer_period_is_recognised(imported, tmp_path):
    rows = (f"FunctionTotalInvocations,pay,{1764000000 + 300 * i},{i}" for i in (1, 2, 4))
    scenario, _ = imported(metrics(*rows))
    assert scenario.workload["pay"].arrivals.counts.interval == 300.0
    assert (scenario.horizon, counts(tmp_path)[1]) == (1200.0, [[1], [2], [0], [4]])


def local(*times):
    return metrics(*(f"FunctionTotalInvocations,pay,{time},{i}" for i, time in enumerate(times, 1)))


def test_an_hour_that_occurs_twice_is_two_hours(imported, tmp_path):
    times = [f"2026-10-25 {at}" for at in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")]
    scenario, result = imported(local(*times), time_zone="Europe/Berlin")
    assert scenario.start.isoformat() == "2026-10-25T01:30:00+02:00"
    assert counts(tmp_path)[1] == [[1], [2], [3], [4], [5], [6]]
    assert any("4 times lie in a local hour that occurs twice" in line for line in told(result))


def test_a_time_that_never_occurred_is_rejected(imported, tmp_path):
    times = ("2026-03-29 01:30", "2026-03-29 02:30", "2026-03-29 03:00")
    _, result = imported(local(*times), time_zone="Europe/Berlin")
    assert counts(tmp_path)[1] == [[1], [3]]
    assert any("its local time never occurred" in line for line in told(result, "rejected"))


def test_bad_values_are_told_with_their_place(imported):
    cells = ["", "x", "-1", "inf", "NaN", "1e999"]
    rows = [f"FunctionTotalInvocations,pay,1764000000,{cell}" for cell in cells]
    rows += [f"FunctionTotalInvocations,pay,{time},1" for time in ("soon", "", "12", "2026-13-01")]
    _, result = imported(metrics("FunctionTotalInvocations,pay,1764000000,5", *rows))
    told = {one.text.partition(" (")[0]: one.where[-6:] for one in result.remarks
            if one.kind == "rejected"}  # fmt: skip
    assert told == {
        "1 × its value is missing": ".csv:3",
        "1 × its value is not a number": ".csv:4",
        "4 × its value is negative or not finite": ".csv:5",
        "2 × its time cannot be read": ".csv:9",
        "1 × its time is missing": "csv:10",
        "1 × its time is neither in seconds": "csv:11",
    }


def test_a_stray_time_is_an_error_that_can_be_cut(imported, tmp_path):
    content = local("2006-11-23 08:00", "2026-11-23 08:00")
    with pytest.raises(UsageError, match="more than 366 days apart; cut with --from and --to"):
        imported(content)
    imported(content, begin=1.7e9)
    assert counts(tmp_path)[1] == [[2]]


@pytest.mark.parametrize("time", ["0001-01-01", "9999-12-31 23:59", "1999-01-01T00:00Z"])
def test_times_outside_of_2001_to_2286_are_rejected(imported, time):
    _, result = imported(local("2026-11-23 08:00", time))
    assert any("before 2001 or after 2286" in line for line in told(result, "rejected"))


DURATIONS = ("FunctionAvgDuration", "FunctionP90Duration", "FunctionP99Duration")


def with_durations(mean=None, p90=None, p99=None):
    rows = ["FunctionTotalInvocations,pay,1764000000,1"]
    rows += [
        f"{metric},pay,1764000000,{value}"
        for metric, value in zip(DURATIONS, (mean, p90, p99), strict=True)
        if value
    ]
    return metrics(*rows)


def lognormal(median, sigma, z):
    return median * math.exp(sigma**2 / 2), median * math.exp(z * sigma)


@pytest.mark.parametrize("sigma", [0.01, 0.5, 1.0, 2.0])
def test_mean_and_p99_give_back_their_log_normal(imported, sigma):
    mean, p99 = lognormal(100.0, sigma, 2.3263478740408408)
    scenario, _ = imported(with_durations(mean, None, p99))
    shape = scenario.functions["pay"].service.time.lognormal
    assert (shape.median, shape.p99) == pytest.approx((0.1, p99 / 1e3), rel=1e-4)


def test_mean_and_p90_and_two_quantiles_give_back_theirs(imported):
    mean, p90 = lognormal(100.0, 0.5, 1.2815515655446004)
    _, p99 = lognormal(100.0, 0.5, 2.3263478740408408)
    for content in (with_durations(mean, p90), with_durations(None, p90, p99)):
        scenario, _ = imported(content)
        shape = scenario.functions["pay"].service.time.lognormal
        assert (shape.median, shape.p99) == pytest.approx((0.1, p99 / 1e3), rel=1e-4)


@pytest.mark.parametrize(
    "given, mean, rule",
    [
        ((80,), 0.08, "exponential around FunctionAvgDuration"),
        ((None, None, 460.517), 0.1, "exponential through FunctionP99Duration"),
        ((None, 230.2585), 0.1, "exponential through FunctionP90Duration"),
        ((), 0.1, "exponential, 100 ms: the source has no durations"),
    ],
)
def test_with_less_it_is_exponential(imported, given, mean, rule):
    scenario, result = imported(with_durations(*given))
    exponential = scenario.functions["pay"].service.time.exponential
    assert exponential == pytest.approx(mean, rel=1e-4)
    assert any(rule in line for line in told(result, "assumed"))


def test_a_tail_that_no_log_normal_has_and_a_p99_below_the_mean(imported):
    for p99 in (100_000, 50):
        scenario, _ = imported(with_durations(100, None, p99))
        shape = scenario.functions["pay"].service.time.lognormal
        assert shape.median <= 0.1 <= shape.p99


def test_minutes_with_more_calls_weigh_more(imported):
    rows = [f"FunctionTotalInvocations,pay,{1764000000 + 60 * i},{n}" for i, n in enumerate((1, 3))]
    rows += [f"FunctionAvgDuration,pay,{1764000000 + 60 * i},{n}" for i, n in enumerate((40, 80))]
    scenario, _ = imported(metrics(*rows))
    assert scenario.functions["pay"].service.time.exponential == pytest.approx(0.07)


def test_settings_from_metrics(imported):
    rows = ["FunctionTotalInvocations,pay,1764000000,1"]
    rows += [f"FunctionProvisionedCurrentInstance,pay,{1764000000 + 60 * i},{n}"
             for i, n in enumerate((2, 2, 5))]  # fmt: skip
    rows += ["FunctionMaxConcurrentRequests,pay,1764000000,7.5"]
    rows += ["FunctionMaxDuration,pay,1764000000,90000"]
    rows += ["FunctionConcurrencyThrottles,pay,1764000000,4"]
    scenario, result = imported(metrics(*rows))
    function = scenario.functions["pay"]
    assert function.scaling_config.min_instances == 2
    assert (function.instance_concurrency, function.timeout) == (8, 180.0)
    assert any("4 calls were throttled" in line for line in told(result, "note"))


@pytest.mark.parametrize(
    "content, options, message",
    [
        ("metric,value\nx,1\n", {}, "no column of times (timestamp, time, datetime, date)"),
        ("time,value\n1764000000,1\n", {}, "no column of metric names and none that is a metric"),
        ("time,metric\n1764000000,x\n", {}, "no column of values (value, sum, average, maximum)"),
        (metrics("FunctionTotalInvocations,pay,x,1"), {}, "no value can be used:\n1 × its time"),
        (metrics("FunctionTotalInvocations,pay,1764000000,0"), {}, "no calls: expected the metric"),
        (metrics("FunctionAvgDuration,pay,1764000000,9"), {}, "found FunctionAvgDuration"),
        (LONG, {"time": "when"}, ":1: no column 'when'; the columns are metricName"),
        (LONG, {"time_zone": "Mars/Base"}, "--time-zone: no zone 'Mars/Base'"),
        ("", {}, "no value can be used:\n1 × the file is empty"),
        ('{"Datapoints": "oops"}', {}, "Datapoints is a text, but no JSON list"),
    ],
)
def test_exports_that_cannot_be_used(imported, content, options, message):
    with pytest.raises(UsageError) as error:
        imported(content, **options)
    assert message in str(error.value)


def test_the_scenario_runs(imported):
    scenario, _ = imported(LONG)
    assert run(scenario).kpis["requests"]["arrived"] == 5
