"""Values as people write them."""

from math import inf, nan

import pytest
from pydantic import TypeAdapter

from fcsim import load, units
from fcsim.report.kpi_values import Units, relative_change
from fcsim.report.plan_tables import premium_words
from fcsim.report.values import bounds, count, cut, money, plain, share, write, written
from fcsim.scenario.distributions import TimeDistribution
from fcsim.scenario.parameters import Parameter, Parameters, preset_names
from fcsim.study.estimates import Estimate

TIME = TypeAdapter(TimeDistribution)


@pytest.mark.parametrize(
    "value, unit, text",
    [
        (0.08, "duration", "80 ms"),
        (0.0005, "duration", "500 us"),
        (3.0, "duration", "3 s"),
        (120.0, "duration", "120 s"),
        (900.0, "duration", "15 min"),
        (3600.0, "duration", "1 h"),
        (5400.0, "duration", "90 min"),
        (86400.0, "duration", "1 d"),
        (0.0, "duration", "0"),
        (inf, "duration", "no limit"),
        (251e6, "data", "251 MB"),
        (10e12, "data", "10 TB"),
        (512 * 1024.0**2, "memory", "512 MB"),
        (2000 * 1024.0**3, "memory", "2,000 GB"),
        (1.25e9, "bandwidth", "10 Gbit/s"),
        (180e6, "bandwidth", "180 MB/s"),
        (5.0, "rate", "5/s"),
        (1 / 60, "rate", "1/min"),
        (0.064, "share", "6.4 %"),
        (2.5, "number", "2.5"),
        (10000.0, "number", "10,000"),
        (0.15, "CU / GB·s", "0.15 CU / GB·s"),
        ("accelerated", "text", "accelerated"),
    ],
)
def test_a_value_is_written_as_somebody_would_type_it(value, unit, text):
    assert write(value, unit) == text


@pytest.mark.parametrize(
    "given, text",
    [
        ("250 ms", "250 ms"),
        ({"exponential": "120 ms"}, "exponential 120 ms"),
        ({"lognormal": {"median": "1.8 s", "p99": "6 s"}}, "lognormal (median 1.8 s, p99 6 s)"),
        ({"gamma": {"mean": "2 s", "cv": 0.5}}, "gamma (mean 2 s, cv 0.5)"),
        ({"uniform": {"low": "3 min", "high": "5 min"}}, "uniform (low 180 s, high 300 s)"),
        ({"empirical": {"quantiles": {0: "0 s", 1: "2 s"}}}, "empirical (quantiles 0: 0; 1: 2 s)"),
        ({"by": {"cpu": {1: "2 s", 2: "1 s"}}}, "by (cpu 1: 2 s; 2: 1 s)"),
        (
            {"mixture": [{"weight": 0.9, "time": "1 s"}, {"weight": 0.1, "time": "9 s"}]},
            "mixture of 0.9 x (1 s), 0.1 x (9 s)",
        ),
    ],
)  # fmt: skip
def test_time_distributions_read_like_the_scenario(given, text):
    assert write(TIME.validate_python(given), "time") == text


def test_value_and_range_of_a_parameter_share_a_family_of_units():
    link = Parameter("link", "bandwidth", 5e9, low=0.625e9, high=25e9)
    assert (written(link), bounds(link)) == ("40 Gbit/s", "5 Gbit/s to 200 Gbit/s")
    disk = Parameter("disk", "bandwidth", 150e6, low=60e6, high=500e6)
    assert (written(disk), bounds(disk)) == ("150 MB/s", "60 MB/s to 500 MB/s")


def test_a_documented_value_has_no_range():
    assert bounds(Parameter("limit", "duration", 120.0)) == ""


@pytest.mark.parametrize("preset", preset_names())
def test_what_is_written_of_a_preset_can_be_read_back(preset):
    parameters = Parameters.resolve(preset, "cn-hangzhou").values()
    checked = [p for p in parameters if p.unit in units.UNITS and p.value != inf]
    assert checked
    for parameter in checked:
        read = units.parse(written(parameter), parameter.unit)
        assert read == pytest.approx(parameter.value, rel=1e-5), parameter.name


@pytest.mark.parametrize(
    "part, text",
    [
        (0.0, "0 %"),
        (0.00001, "< 0.01 %"),
        (0.0044, "0.44 %"),
        (0.123456, "12.3 %"),
        (0.99951, "99.95 %"),
        (0.999951, "> 99.99 %"),
        (1.0, "100 %"),
        (nan, "–"),
    ],
)
def test_a_part_never_reads_as_none_or_all(part, text):
    assert share(part) == text


def test_few_digits_make_no_power_of_ten():
    assert (share(1.0, 2), share(0.996, 1), share(12.5, 2)) == ("100 %", "99.60 %", "1,250 %")


@pytest.mark.parametrize(
    "kpi,low,high,text",
    [
        ("latency.p99", 1.563, 1.8, "1.56 to 1.80 s"),
        ("latency.p50", 0.245, 282.6, "245 ms to 4.71 min"),
        ("requests.success_ratio", 0.9976, 1.0, "99.76 to 100.00 %"),
        ("cost.per_month", -20.0, 5.0, "-20 to 5 CNY"),
        ("latency.p99", -373.2, -5.77, "-6.22 min to -5.77 s"),
        ("latency.p99", 2.0, 2.0, "2.00 s"),
        ("latency.p99", 2.0, inf, "2.00 s or more"),
        ("latency.p99", nan, nan, ""),
    ],
)
def test_two_ends_can_be_told_apart(kpi, low, high, text):
    assert Units(load(PLAIN)).between(kpi, low, high) == text


@pytest.mark.parametrize(
    "found,text",
    [
        (Estimate(6.0, -7.0, 19.0, 12), "6 ± 13 CNY more, or none"),
        (Estimate(35.0, 25.0, 45.0, 12), "35 ± 10 CNY more"),
        (Estimate(-6.0, -19.0, 7.0, 12), "6 ± 13 CNY less, or none"),
    ],
)
def test_a_runner_up_is_dearer_only_where_the_pairs_say_so(found, text):
    assert premium_words(Units(load(PLAIN)), "cost.per_month", found) == text


def test_what_one_run_measured_is_whole_where_things_are_counted():
    written = Units(load(PLAIN)).measured
    told = [written(*pair) for pair in (
        ("requests.arrived", 1234.0), ("latency.p99", 2.2), ("image.bytes_pulled", 2.5e8),
        ("instances.mean", 3.14159), ("cost.total", 0.5131), ("queue.mean", nan),
    )]  # fmt: skip
    assert told == ["1,234", "2.2 s", "250 MB", "3.14", "0.513 CNY", "–"]


def test_relative_changes():
    pairs = [(2.2, 1.0), (1.0, 3.4), (1.0, 0.0), (1.0, 1.013), (1.0, 1.0), (0.0, 1.0), (nan, 1.0)]
    told = [relative_change(*pair) for pair in pairs]
    assert told == ["-55 %", "× 3.4", "-100 %", "+1.3 %", "", "", ""]


PLAIN = {
    "fcsim": 1, "images": {"i": {"compressed": "1 MB"}},
    "functions": {"f": {"image": "i", "service": {"time": "1 s"}}},
    "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
}  # fmt: skip


@pytest.mark.parametrize(
    "amount, text",
    [
        (0.0, "0.00"),
        (0.00002, "< 0.0001"),
        (0.1234, "0.123"),
        (1234.5, "1,234.50"),
        (-1.5, "-1.50"),
    ],
)
def test_money(amount, text):
    assert money(amount) == text
    assert money(amount, "CNY") == f"{text} CNY"


def test_what_rounds_up_to_the_next_unit_is_written_in_it():
    seconds = (0.9999999, 0.9996, 0.00099999, 119.96, 7199.0, 0.9994)
    assert [units.format_duration(s) for s in seconds] == [
        "1 s", "1 s", "1 ms", "2 min", "2 h", "999 ms",
    ]  # fmt: skip
    assert [units.format_bytes(b) for b in (999.6e6, 999_999, 999.4)] == ["1 GB", "1 MB", "999 B"]


def test_mean_numbers_of_things():
    values = (0.3562, 12.34, 999.4, 999.6, 1234.5)
    assert [units.format_number(v) for v in values] == ["0.356", "12.3", "999", "1,000", "1,234"]


def test_counts_and_cuts():
    assert count(20700) == "20,700"
    assert cut("short", 5) == "short"
    assert cut("much longer", 6) == "much…"


def test_plain_is_what_json_can_hold():
    given = {"a": nan, 2: [inf, 1.5], "t": (TIME.validate_python("2 s"), None)}
    assert plain(given) == {"a": None, "2": [None, 1.5], "t": [{"constant": 2.0}, None]}
