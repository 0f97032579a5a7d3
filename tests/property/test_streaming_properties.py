"""Folding block by block gives what all rows together give, wherever the blocks are cut."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcsim.results.folds import Folds
from fcsim.results.histogram import ERROR, Histogram
from fcsim.results.intervals import busy_spans, occupancy, overlap
from fcsim.results.levels import level
from fcsim.results.loops import HANDED, UNION
from fcsim.results.samples import Sample
from fcsim.results.tally import Tally
from fcsim.sim.record import NUMBER, Kind, Start

HORIZON = 60.0
times = st.just(0.0) | st.floats(1e-9, 1e9)
grouped = st.lists(st.tuples(st.integers(0, 2), times), min_size=1, max_size=200)
shares = st.floats(0, 1)


def arrays(rows):
    groups = np.array([group for group, _ in rows], dtype=np.int32)
    return groups, np.array([value for _, value in rows], dtype=float)


# ── histogram and samples ─────────────────────────────────────────────────────────────────────


@given(grouped)
def test_every_value_is_told_within_the_error(rows):
    groups, values = arrays(rows)
    for group, value in zip(groups, values, strict=True):
        histogram = Histogram()
        histogram.add(np.array([group]), np.array([value]))
        found, told, count = histogram.bins()
        assert found.tolist() == [group]
        assert count.tolist() == [1]
        assert abs(told[0] - value) <= ERROR * value * (1 + 1e-9)


def test_the_error_is_at_most_a_thousandth():
    assert ERROR <= 1e-3


@given(grouped, shares)
def test_approximate_quantiles_are_within_the_error(rows, q):
    groups, values = arrays(rows)
    sample = Sample(3, exact=0)
    sample.add(groups, values)
    assert sample.approximate
    ranked = sample.rank(np.arange(3), 3)
    for group in set(groups.tolist()):
        exact = np.quantile(values[groups == group], q)
        assert ranked.quantile(q)[group] == pytest.approx(exact, rel=1e-3, abs=0)
    whole = sample.rank(np.zeros(3, int), 1)
    assert whole.quantile(q)[0] == pytest.approx(np.quantile(values, q), rel=1e-3, abs=0)


@given(grouped, st.integers(0, 200), st.integers(1, 40))
def test_bins_instead_of_values_change_no_count_mean_or_extreme(rows, limit, size):
    groups, values = arrays(rows)
    exact, other = Sample(3), Sample(3, exact=limit)
    for begin in range(0, len(rows), size):
        for sample in (exact, other):
            sample.add(groups[begin : begin + size], values[begin : begin + size])
    assert other.approximate == (len(rows) > limit)
    every = np.arange(3)
    np.testing.assert_array_equal(exact.mean(every, 3), other.mean(every, 3))
    np.testing.assert_array_equal(exact.max(every, 3), other.max(every, 3))
    one, two = exact.rank(every, 3), other.rank(every, 3)
    np.testing.assert_array_equal(one.count, two.count)
    for q in (0.0, 1.0):
        np.testing.assert_allclose(one.quantile(q), two.quantile(q), rtol=1e-3, atol=0)
    np.testing.assert_array_equal(one.quantile(1.0), exact.max(every, 3))


@given(grouped, st.permutations(range(6)), st.integers(0, 200))
def test_merged_in_any_order_is_the_whole(rows, order, limit):
    groups, values = arrays(rows)
    whole = Sample(3, exact=limit)
    whole.add(groups, values)
    merged = Sample(3, exact=limit)
    for part in order:
        sample = Sample(3, exact=limit)
        sample.add(groups[part::6], values[part::6])
        merged.merge(sample)
    assert merged.approximate == whole.approximate
    one, two = whole.rank(np.arange(3), 3), merged.rank(np.arange(3), 3)
    for q in (0.0, 0.3, 0.99, 1.0):
        np.testing.assert_array_equal(one.quantile(q), two.quantile(q))


@given(st.lists(st.lists(st.integers(-5, 5)), max_size=8))
def test_a_tally_keeps_what_it_saw_and_nothing_else(blocks):
    tally = Tally()
    for block in blocks:
        tally.add(np.array(block, dtype=np.int64))
    every = [key for block in blocks for key in block]
    keys, counts = tally.items()
    expected = {key: every.count(key) for key in sorted(set(every))}
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == expected


# ── folds ─────────────────────────────────────────────────────────────────────────────────────

ticks = st.integers(0, 160).map(lambda k: k / 2)  # up to 80 s, 20 s beyond the window
visits = st.lists(
    st.tuples(
        ticks,  # arrival
        st.integers(0, 8).map(lambda k: k / 2),  # wait
        st.integers(0, 60).map(lambda k: k / 2),  # service
        st.integers(-1, 3),  # instance, -1: refused at once
        st.booleans(),  # whether it ends at all
    ),
    max_size=40,
)
cuts = st.lists(st.integers(0, 40), max_size=6)
PLAIN = {"function": "f", "arrivals": {"poisson": "1/s"}}
workloads = st.sampled_from(
    [{"w": PLAIN}, {"w": {**PLAIN, "client": {}}}, {"w": PLAIN, "c": {**PLAIN, "client": {}}}]
)
"""All requests are generated, or of callers, or some are."""


@pytest.fixture(scope="module")
def record_of(hand_made):
    """A record whose instances 0 and 1 take many requests at a time, of two functions."""

    def build(rows, workload):
        requests = []
        for arrival, wait, service, number, ends in sorted(rows):
            start = arrival + wait
            if number < 0:
                requests.append(hand_made.request(arrival, ended=arrival, outcome=2, error=1))
            else:
                row = {"function": number % 2, "instance": number, "start": Start.WARM}
                end = start + service if ends else np.nan
                requests.append(hand_made.request(arrival, start, end, **row))
        kinds = (Kind.ON_DEMAND, Kind.MINIMUM)
        return hand_made.record(
            requests,
            [hand_made.instance(0, function=k % 2, kind=kinds[k // 2]) for k in range(4)],
            horizon=f"{HORIZON} s",
            warm_up="5 s",
            functions={name: {"instance_concurrency": 40} for name in ("f", "g")},
            workload=workload,
        )

    return build


def numbers(record):
    """Number requests of callers downwards from -1, the others upwards, each in their order."""
    count = len(record.requests["arrival"])
    callers = [one.has_callers for one in record.scenario.workload.values()]
    called = (np.arange(count) % len(callers) == len(callers) - 1) & any(callers)
    return np.where(called, -np.cumsum(called), np.arange(count) - np.cumsum(called))


def fold(record, edges):
    """Feed *record* in order of ending, cut at *edges*."""
    requests, instances = record.requests, record.instances
    columns = {**requests, NUMBER: numbers(record)}
    order = np.argsort(requests["ended"], kind="stable")
    folds = Folds(
        record.scenario,
        record.functions,
        lambda first: {name: instances[name][first:] for name in ("function", "kind")},
        interval=7.0,
    )
    bounds = [0, *sorted(min(edge, len(order)) for edge in edges), len(order)]
    for begin, end in itertools.pairwise(bounds):
        folds({name: column[order[begin:end]] for name, column in columns.items()})
    folds.finish()
    return folds


@given(visits, cuts, workloads)
def test_busy_time_of_any_blocks_is_the_union_of_all_rows(record_of, rows, edges, workload):
    record = record_of(rows, workload)
    folds = fold(record, edges)
    spans = busy_spans(occupancy(record.requests))
    lasting = overlap(spans.begin, spans.end, record.window)
    union = np.bincount(spans.owner, weights=lasting, minlength=4)
    folds.service.grow(3)
    np.testing.assert_allclose(folds.service.used(UNION), union, rtol=1e-12)
    busy = folds.service.result().busy
    assert busy.sum() == pytest.approx(union.sum())
    np.testing.assert_allclose(busy[:2].sum(axis=2).ravel(), union, rtol=1e-12)
    ends = np.where(np.isinf(spans.end), np.nan, spans.end)
    mean = level(spans.begin, ends).mean(folds.flow.edges)
    np.testing.assert_allclose(folds.flow.busy(), mean, atol=1e-9)


@given(visits, cuts, workloads)
def test_levels_of_any_blocks_are_those_of_all_rows(record_of, rows, edges, workload):
    record = record_of(rows, workload)
    flow, requests = fold(record, edges).flow, record.requests
    flying = level(requests["arrival"], requests["ended"])
    served = level(requests["started"], requests["ended"])
    np.testing.assert_allclose(flow.in_flight(), flying.mean(flow.edges), atol=1e-9)
    np.testing.assert_allclose(flow.served(), served.mean(flow.edges), atol=1e-9)
    assert flow.peaks().tolist() == flying.peak(flow.edges).tolist()
    assert flow.peak == flying.peak(np.array(record.window))[0]
    assert flow.flying().sum() == pytest.approx(flow.durations)


@given(visits, cuts, workloads)
def test_blocks_change_nothing_but_the_order_of_sums(record_of, rows, edges, workload):
    record = record_of(rows, workload)
    one, two = fold(record, []), fold(record, edges)
    np.testing.assert_array_equal(one.service.result().calls, two.service.result().calls)
    np.testing.assert_array_equal(one.service.used(HANDED), two.service.used(HANDED))
    np.testing.assert_array_equal(one.flow.codes(one.bars), two.flow.codes(two.bars))
    for name, values in one.functions.values().items():
        np.testing.assert_allclose(two.functions.values()[name], values, rtol=1e-9, err_msg=name)
    for name, figures in one.summary.finish().items():
        rtol = 1e-12 if name.endswith(".mean") else 0
        np.testing.assert_allclose(two.summary.finish()[name], figures, rtol=rtol, err_msg=name)
    assert one.broken == two.broken == []
