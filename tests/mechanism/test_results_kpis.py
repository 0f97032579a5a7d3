"""KPIs of hand-made runs, worked out by hand."""

import math

import pytest

from fcsim.errors import UsageError
from fcsim.results.kpis import kpis
from fcsim.results.request_summary import RequestSummary
from fcsim.results.vocabulary import BY_NAME, KPIS, find, flatten, lookup, nest
from fcsim.sim.record import ErrorCode, Kind, Outcome, Start

COLD, WAITED, QUEUED = Start.COLD, Start.WAITED, Start.QUEUED
REFUSED = {"outcome": Outcome.THROTTLED, "error": ErrorCode.RESOURCE_EXHAUSTED}
LATE = {"outcome": Outcome.TIMED_OUT, "error": ErrorCode.FUNCTION_TIMEOUT}


@pytest.fixture(scope="module")
def run(hand_made):
    """A window of 90 s: one cold start on demand beside one minimum instance."""
    request, instance, pull = hand_made.request, hand_made.instance, hand_made.pull
    return hand_made.record(
        warm_up="10 s",
        requests=[
            request(5, 5, 6, instance=1),  # before the window
            request(12, 30, 32, instance=0, start=COLD),
            request(13, 32, 33, instance=0, start=WAITED),
            request(40, 40, 41, instance=1),
            request(50, ended=50, **REFUSED),
            request(60, 60, 80, instance=0, **LATE),
            request(95, 95, instance=1),  # still running at the end
            request(100, 101, 102, instance=1),  # after the window
        ],
        instances=[
            instance(
                12,
                placed=13,
                credential=15,
                pulled=24,
                started=24.5,
                served=29,
                ready=30,
                stopping=88,
                gone=90,
                bytes_pulled=70e6,
                bytes_cached=30e6,
            ),
            instance(0, kind=Kind.MINIMUM),
        ],
        pulls=[pull(15, 24, 70e6), pull(1, 9, 5e6)],
    )


@pytest.fixture(scope="module")
def figures(run):
    return flatten(kpis(run))


def test_each_request_in_the_window_counts_once(figures):
    expected = {
        "arrived": 6,
        "completed": 3,
        "failed": 0,
        "throttled": 1,
        "timed_out": 1,
        "unfinished": 1,
        "cold": 1,
        "waited": 1,
        "queued": 0,
        "success_ratio": 0.5,
    }
    assert {name: figures[f"requests.{name}"] for name in expected} == expected
    assert figures["errors.ResourceExhausted"] == 1
    assert figures["errors.FunctionTimeoutError"] == 1
    assert sum(figures[f"errors.{code}"] for code in ("BadResponse", "QueueFull")) == 0


def test_latency_is_of_completed_requests(figures):
    assert figures["latency.mean"] == pytest.approx((20 + 20 + 1) / 3, rel=1e-15)
    assert figures["latency.p50"] == 20
    assert figures["latency.max"] == 20


def test_cold_starts(figures):
    assert figures["cold_start.count"] == 1
    assert figures["cold_start.ratio"] == 1 / 3
    assert figures["cold_start.affected_ratio"] == 2 / 3
    assert figures["cold_start.mean"] == figures["cold_start.p99"] == 18


def test_phases_leave_out_the_instance_that_was_there_from_the_start(figures):
    phases = ("placing", "credential", "pull", "create", "server", "initializer")
    seconds = [figures[f"cold_start.phase.{phase}.mean"] for phase in phases]
    assert seconds == [1, 2, 9, 0.5, 4.5, 1]


def test_instances_are_averages_over_the_window(figures):
    starting, busy, idle, stopping = 18, 23 + 6, (58 - 23) + (90 - 6), 2
    assert figures["instances.mean"] == pytest.approx((starting + busy + idle + stopping) / 90)
    assert figures["instances.mean_busy"] == pytest.approx(busy / 90)
    assert figures["instances.mean_idle"] == pytest.approx(idle / 90)
    assert figures["instances.peak"] == 2
    assert figures["instances.created"] == 1
    assert figures["instances.mean_life"] == 78


def test_images(figures):
    assert figures["image.bytes_pulled"] == 70e6  # the transfer before the window does not count
    assert figures["image.bytes_from_cache"] == 30e6
    assert figures["image.pulls"] == 1
    assert figures["image.pull_seconds"] == 9


def test_nothing_happened(hand_made):
    figures = kpis(hand_made.record())
    assert figures["requests"]["arrived"] == 0
    assert math.isnan(figures["requests"]["success_ratio"])
    assert math.isnan(figures["latency"]["p99"])
    assert math.isnan(figures["instances"]["mean_life"])
    assert figures["cost"]["total"] == 0


def test_queue_and_two_functions(hand_made):
    request = hand_made.request
    record = hand_made.record(
        functions=("f", "g"),
        requests=[
            request(1, 1, 5, instance=0, function=0),
            request(2, 5, 9, instance=0, function=0, start=QUEUED),
            request(3, 9, 13, instance=0, function=0, start=QUEUED),
            request(4, 4, 5, instance=1, function=1),
        ],
        instances=[hand_made.instance(0, function=0), hand_made.instance(0, function=1)],
    )
    figures = kpis(record)
    assert lookup(figures, "queue.count") == lookup(figures, "requests.queued") == 2
    assert lookup(figures, "queue.mean") == 4.5
    assert lookup(figures, "queue.max") == 6
    assert lookup(figures, "queue.ratio") == 0.5
    assert lookup(figures, "functions.f.queue.ratio") == 2 / 3
    assert lookup(figures, "functions.g.latency.max") == 1
    assert lookup(figures, "functions.f.latency.mean") == (4 + 7 + 10) / 3
    assert lookup(figures, "instances.mean") == 2
    assert lookup(figures, "functions.g.instances.mean") == 1


def test_an_instance_that_goes_when_another_comes_makes_no_peak(hand_made):
    record = hand_made.record(
        instances=[hand_made.instance(0, gone=10), hand_made.instance(10, gone=20)]
    )
    assert kpis(record)["instances"]["peak"] == 1


def test_quantiles_are_linear_between_order_statistics(hand_made):
    requests = [hand_made.request(k, k, k + 1 + k, instance=0) for k in range(11)]
    record = hand_made.record(requests, [hand_made.instance(0)])
    latency = kpis(record)["latency"]  # 1, 2, … 11 s
    assert latency["p50"] == 6
    assert latency["p90"] == 10
    assert latency["p95"] == pytest.approx(10.5)
    assert latency["p999"] == pytest.approx(10.99)


def test_a_summary_does_not_keep_requests(run):
    summary = RequestSummary(1, run.window)
    summary.add(run.requests)
    kept = [v for sample in (summary.latency, summary._cold) for _, v in sample._kept]
    assert sum(map(len, kept)) == 5  # four ends on instances and one cold start, of eight


class TestVocabulary:
    def test_kpis_are_exactly_the_vocabulary(self, figures):
        own = [name for name in figures if not name.startswith("functions.")]
        assert own == [kpi.name for kpi in KPIS]
        assert [name for name in figures if name.startswith("functions.")] == [
            f"functions.f.{name}" for name in own
        ]

    def test_counts_are_whole_numbers(self, figures):
        counts = [name for name, kpi in BY_NAME.items() if kpi.unit == "count"]
        assert {type(figures[name]) for name in counts} == {int}

    def test_nest_and_flatten_are_inverse(self):
        flat = {kpi.name: number for number, kpi in enumerate(KPIS)}
        assert flatten(nest(flat)) == flat

    def test_units_have_kinds_of_quantities(self):
        assert BY_NAME["latency.p99"].kind == "duration"
        assert BY_NAME["requests.success_ratio"].kind == "share"
        assert BY_NAME["requests.arrived"].kind is None

    @pytest.mark.parametrize(
        "name, hint",
        [
            ("latency.p98", "did you mean 'latency.p9"),
            ("latncy.p99", "did you mean 'latency.p99'?"),
            ("functions.f.latency.p9", "did you mean 'latency.p9"),
            ("functions.chekout.latency.p99", "did you mean 'checkout'?"),
            ("functions.f", "no function 'f'"),
        ],
    )
    def test_a_misspelt_name_is_an_error_with_the_nearest(self, name, hint):
        with pytest.raises(UsageError) as error:
            find(name, ["f", "checkout"])
        assert hint in str(error.value)

    def test_the_longest_function_name_wins(self):
        assert find("functions.a.b.latency.p99", ["a", "a.b"])[0] == "a.b"
