"""Results of random records beside slow, plain recomputations."""

import itertools
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcsim.results import tables
from fcsim.results.bill import bill
from fcsim.results.conservation import violations
from fcsim.results.instance_figures import peak
from fcsim.results.intervals import busy_spans, occupancy, overlap, pieces
from fcsim.results.kpis import kpis
from fcsim.results.request_summary import RequestSummary
from fcsim.results.samples import Sample, rank
from fcsim.results.series import series
from fcsim.results.usage import charges, cu_by_hour, seconds
from fcsim.scenario.parameters import Reader
from fcsim.sim.record import ERRORS, REQUEST_COLUMNS, ErrorCode, Kind, Outcome, Start

HORIZON = 60

times = st.integers(0, HORIZON + 20)
intervals = st.tuples(times, times).map(sorted)
visits = st.lists(st.tuples(st.integers(0, 3), intervals), max_size=25)


def columns(rows):
    """Return request columns of rows (instance, (started, ended))."""
    count = len(rows)
    spans = np.array([span for _, span in rows], dtype=float).reshape(count, 2)
    table = {name: np.zeros(count, dtype) for name, dtype in REQUEST_COLUMNS.items()}
    instance = np.array([instance for instance, _ in rows], dtype=np.int32)
    table |= {"started": spans[:, 0], "ended": spans[:, 1], "instance": instance}
    return {**table, "arrival": spans[:, 0].copy()}


@given(visits)
def test_busy_time_is_the_union_of_requests(rows):
    spans = busy_spans(occupancy(columns(rows)))
    lasting = np.bincount(spans.owner, weights=spans.end - spans.begin, minlength=4)
    for instance in range(4):
        busy = {t for i, (a, b) in rows if i == instance for t in range(a, b)}
        assert lasting[instance] == len(busy)


@given(visits)
def test_busy_spans_do_not_meet(rows):
    spans = busy_spans(occupancy(columns(rows)))
    same = spans.owner[1:] == spans.owner[:-1]
    assert (spans.begin[1:][same] > spans.end[:-1][same]).all()


@given(st.lists(intervals, max_size=20), st.lists(times, min_size=2, unique=True))
def test_pieces_are_the_overlaps_with_each_cell(spans, cuts):
    edges = np.sort(np.array(cuts, dtype=float))
    begin, end = np.array(spans, dtype=float).reshape(-1, 2).T
    row, cell, lasting = pieces(begin, end, edges)
    found = np.zeros((len(spans), len(edges) - 1))
    found[row, cell] += lasting
    expected = [overlap(begin, end, cut) for cut in itertools.pairwise(edges)]
    np.testing.assert_array_equal(found, np.array(expected).T.reshape(found.shape))


@given(st.lists(st.tuples(st.integers(0, 2), intervals), max_size=20))
def test_peaks_are_found_by_looking_at_every_second(rows):
    owner = np.array([owner for owner, _ in rows], dtype=np.int32)
    begin, end = np.array([span for _, span in rows], dtype=float).reshape(-1, 2).T
    found = peak(owner, begin, end, (10.0, 50.0), 3)
    for number in range(3):
        alive = [sum(a <= t < b for o, (a, b) in rows if o == number) for t in range(10, 50)]
        assert found[number] == max(alive)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1e6)), max_size=40),
    st.floats(0, 1),
)
def test_quantiles_are_numpys_to_the_last_bit(values, q):
    groups = np.array([group for group, _ in values], dtype=np.int32)
    numbers = np.array([number for _, number in values], dtype=float)
    ranked = rank(groups, numbers, 4)
    for group in range(4):
        mine = numbers[groups == group]
        if len(mine):
            assert ranked.quantile(q)[group] == np.quantile(mine, q)
            assert ranked.mean()[group] == pytest.approx(mine.mean(), rel=1e-12)
            assert ranked.max()[group] == mine.max()
        else:
            assert np.isnan([ranked.quantile(q)[group], ranked.mean()[group]]).all()


OUTCOMES = [
    (Outcome.COMPLETED, ErrorCode.NONE),
    (Outcome.TIMED_OUT, ErrorCode.FUNCTION_TIMEOUT),
    (Outcome.FAILED, ErrorCode.BAD_RESPONSE),
    (Outcome.UNFINISHED, ErrorCode.NONE),
    (Outcome.THROTTLED, ErrorCode.RESOURCE_EXHAUSTED),
]


@st.composite
def runs(draw):
    """Rows of a run in which every rule holds: three instances of two functions."""
    lives, visitors = [], []
    for instance in range(3):
        created = draw(st.integers(0, 20))
        ready = created + draw(st.integers(0, 10))
        minimum = draw(st.booleans())
        function, last = draw(st.integers(0, 1)), ready
        for number in range(draw(st.integers(0, 5))):
            begin = last + draw(st.integers(0, 5))
            outcome, error = draw(st.sampled_from(OUTCOMES[:3]))
            last = begin + draw(st.integers(0, 15))
            cold = number == 0 and not minimum
            visitors.append(
                {
                    "arrival": created if cold else begin,
                    "started": begin,
                    "ended": last,
                    "instance": instance,
                    "function": function,
                    "start": Start.COLD if cold else Start.WARM,
                    "outcome": outcome,
                    "error": error,
                }
            )
        leaves = draw(st.none() | st.integers(last, last + 20))
        gone = np.nan if leaves is None else leaves + draw(st.integers(0, 3))
        lives.append(
            {
                "created": created,
                "credential": draw(st.integers(created, ready)),
                "ready": ready,
                "function": function,
                "kind": Kind.MINIMUM if minimum else Kind.ON_DEMAND,
                "stopping": np.nan if leaves is None else leaves,
                "gone": gone,
            }
        )
    for arrival in draw(st.lists(times, max_size=4)):
        outcome, error = OUTCOMES[4]
        visitors.append({"arrival": arrival, "ended": arrival, "outcome": outcome, "error": error})
    return visitors, lives


@pytest.fixture(scope="module")
def record_of(hand_made):
    def build(run, **scenario):
        visitors, lives = run
        requests = [hand_made.request(**row) for row in visitors]
        instances = [hand_made.instance(**row) for row in lives]
        settings = {"horizon": f"{HORIZON} s", "warm_up": "5 s", "functions": ("f", "g")}
        return hand_made.record(requests, instances, **{**settings, **scenario})

    return build


@given(runs())
def test_a_right_run_breaks_no_rule(record_of, run):
    assert violations(record_of(run)) == []


@given(runs())
def test_counts_add_up(record_of, run):
    figures = kpis(record_of(run))
    for block in (figures, *figures["functions"].values()):
        counts = block["requests"]
        ended = ("completed", "failed", "throttled", "timed_out", "unfinished")
        assert counts["arrived"] == sum(counts[name] for name in ended)
        wrong = ("failed", "throttled", "timed_out")
        assert sum(block["errors"].values()) == sum(counts[name] for name in wrong)
        instances = block["instances"]
        assert instances["mean_busy"] + instances["mean_idle"] <= instances["mean"] + 1e-9
    for group, name in (("requests", "arrived"), ("requests", "cold"), ("instances", "mean")):
        parts = [block[group][name] for block in figures["functions"].values()]
        assert figures[group][name] == pytest.approx(sum(parts))


@given(runs(), st.lists(st.integers(0, 20), max_size=4), st.randoms(use_true_random=False))
def test_blocks_in_any_order_make_the_whole(record_of, run, cuts, random):
    record = record_of(run)
    whole = RequestSummary(2, record.window)
    whole.add(record.requests)
    edges = [0, *sorted(cuts), len(record.requests["arrival"])]
    parts = []
    for begin, end in itertools.pairwise(edges):
        part = RequestSummary(2, record.window)
        part.add({name: column[begin:end] for name, column in record.requests.items()})
        parts.append(part)
    random.shuffle(parts)
    merged = RequestSummary(2, record.window)
    for part in parts:
        merged.merge(part)
    found, expected = merged.finish(), whole.finish()
    for name, values in expected.items():
        # sums of floats depend on their order, nothing else does
        tolerance = 1e-12 if name.endswith(".mean") else 0
        np.testing.assert_allclose(found[name], values, rtol=tolerance, err_msg=name)


@given(runs())
def test_series_add_up_to_the_window(record_of, run):
    record = record_of(run)
    found, figures = series(record, interval=7), kpis(record)
    lengths = np.diff(found.edges)
    assert found["RegionTotalInvocations"].sum() == figures["requests"]["arrived"]
    throttles = found["RegionThrottles"] + found["RegionResourceThrottles"]
    assert throttles.sum() == figures["requests"]["throttled"]
    alive = found["RegionConcurrentCount"] + found["RegionProvisionedCurrentInstance"]
    assert alive @ lengths == pytest.approx(figures["instances"]["mean"] * lengths.sum())
    assert (found["FunctionAvgConcurrentRequests"] <= found["FunctionMaxConcurrentRequests"]).all()


@given(runs(), st.sampled_from(["active", "idle", "none"]), st.integers(0, 3599))
def test_hours_of_the_bill_add_up_to_its_seconds(record_of, run, billed, late):
    """Unrounded CU by clock hour are the seconds of the record times their rates."""
    record = record_of(
        run,
        start=f"2026-11-23T10:{late // 60:02}:{late % 60:02}+08:00",
        assumptions={"idle.billed": billed},
    )
    charged = charges(record, Reader(record.scenario.parameters))
    rates = {"active": np.array([2.0, 3.0]), "idle": np.array([0.5, 0.25])}
    by_hour = cu_by_hour(charged, rates)
    totals = sum(rates[state] * lasting for (_, state), lasting in seconds(charged).items())
    np.testing.assert_allclose(by_hour.sum(axis=1), totals, atol=1e-9)


@given(runs())
def test_the_bill_adds_up(record_of, run):
    priced = bill(record_of(run, billing={"discount": 0.1}))
    costs = priced.costs()
    assert costs["cost.total"][-1] == pytest.approx(fsum(costs["cost.total"][:-1]), abs=1e-12)
    billed = dict.fromkeys(priced.functions, 0.0)
    for line in priced.lines:
        if line.cu:
            assert line.amount == line.cu * line.price
            billed[line.function] += line.cu
        elif line.item not in ("keep_alive.cpu", "minimum_idle.cpu"):
            assert line.amount == line.quantity * line.price
    assert all(abs(cu - round(cu)) < 1e-6 for cu in billed.values())


numbers = st.floats(allow_nan=True, allow_infinity=False)


@pytest.mark.parametrize("form", ["csv", "npz"])
@given(st.lists(st.tuples(numbers, st.integers(0, len(ERRORS) - 1)), max_size=20))
def test_files_give_back_every_bit(tmp_path_factory, form, rows):
    layout = tables.Layout(
        {"time": np.float64, "error": np.int8}, {"error": [error.name for error in ERRORS]}
    )
    written = {
        "time": np.array([time for time, _ in rows], dtype=np.float64),
        "error": np.array([code for _, code in rows], dtype=np.int8),
    }
    path = tmp_path_factory.mktemp("table") / f"rows.{form}"
    tables.write(path, written, layout)
    read = tables.read(path, layout)
    np.testing.assert_array_equal(read["time"], written["time"])
    assert (np.signbit(read["time"]) == np.signbit(written["time"]))[
        ~np.isnan(written["time"])
    ].all()
    np.testing.assert_array_equal(read["error"], written["error"])


def test_many_groups_sort_like_few():
    """Groups beyond 65,536 take another sort; the figures stay the same."""
    groups, values = np.arange(70_000) % 7, np.arange(70_000.0)[::-1].copy()
    few, many = rank(groups, values, 7), rank(groups, values, 70_000)
    np.testing.assert_array_equal(few.quantile(0.9), many.quantile(0.9)[:7])
    sample = Sample(7)
    sample.add(groups, values)
    whole = sample.rank(np.zeros(7, int), 1)
    assert whole.quantile(0.5)[0] == np.median(values)
    by_group = sample.rank(np.arange(7), 7)
    assert by_group.count.tolist() == [10_000] * 7
