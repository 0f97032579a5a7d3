"""The compiled inner loops of the folds do what NumPy does, to the last bit."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba", reason="the compiled loops need numba (fcsim[fast])")

from fcsim.results import compiled_loops, loops
from fcsim.sim.record import REQUEST_COLUMNS

EDGES = np.array([2.0, 3.0, 4.5, 5.0, 7.0, 7.25, 9.0])
GRID = EDGES[[0, 3, 6]]
WITHIN = np.array([0, 0, 0, 1, 1, 1, 2])
instants = st.integers(0, 48).map(lambda k: k / 4) | st.floats(0, 12)
maybe = instants | st.just(np.nan)
rows = st.lists(
    st.tuples(
        st.integers(0, 2),  # function
        instants,  # arrival
        maybe,  # started
        maybe,  # ended
        st.integers(0, 4),  # outcome
        st.integers(0, 13),  # error
        st.integers(0, 3),  # start
        st.integers(-1, 3),  # instance
    ),
    max_size=60,
)


def columns(given_rows):
    parts = zip(*given_rows, strict=True) if given_rows else [[]] * len(REQUEST_COLUMNS)
    return {
        name: np.array(list(part), dtype)
        for (name, dtype), part in zip(REQUEST_COLUMNS.items(), parts, strict=True)
    }


def agree(name, *arguments):
    """Call both; what they return and what they have changed must be the same bytes."""
    others = copy.deepcopy(arguments)
    found = getattr(loops, name)(*arguments)
    other = getattr(compiled_loops, name)(*others)
    for one, two in zip(flat((found, arguments)), flat((other, others)), strict=True):
        assert one.tobytes() == two.tobytes()
    return found


def flat(value):
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [array for part in value for array in flat(part)]
    return [np.asarray(value)]


@given(rows, st.lists(maybe, max_size=60))
def test_times_are_placed_and_followed_alike(given_rows, times):
    agree("place", EDGES, np.array(times, float))
    arrivals, ends = (np.sort(np.array(part, float)) for part in (
        [row[1] for row in given_rows], [time for time in times if time == time]
    ))  # fmt: skip
    agree("follow", arrivals, ends, 3, EDGES, np.ones(6, np.int64))


@given(st.sets(st.integers(0, 30)).flatmap(lambda s: st.permutations(sorted(s))))
def test_what_is_missing_is_found_alike(places):
    values = np.array(places, float) * 1.5
    agree("first_missing", np.array(places, np.int64), values)


@given(rows)
def test_sums_by_cell_are_alike(given_rows):
    block = columns(given_rows)
    count = len(given_rows)
    cells, times = loops.place(EDGES, block["arrival"])
    later = loops.place(EDGES, np.fmax(block["arrival"], block["ended"]))
    ceiling = np.append(EDGES[1:], EDGES[-1])
    agree("total", times, later[1])
    agree("elapse", cells, times, ceiling, np.zeros(7, np.int64), np.ones(7))
    marks = block["start"] > 0
    agree("count_codes", cells, block["error"], block["ended"], marks, np.zeros((7, 15), int))
    for within, grid in ((WITHIN, GRID), (np.arange(7), EDGES)):
        table = np.full((3, len(grid) - 1), 0.1)
        agree("spread", block["function"], (cells, times), later, within, grid, table)
    agree("add_up", np.arange(count) % 3, times, later[1], np.ones(3))


@given(rows)
def test_counts_by_group_are_alike(given_rows):
    block = columns(given_rows)
    marks = block["start"] > 0
    agree("count_pairs", block["function"], block["outcome"], marks, np.zeros((3, 5), np.int64))
    kinds = np.array([[0, 1, 2, 3], [4] * 4, [-1] * 4, [5] * 4, [-1] * 4])
    agree("endings", block["function"], block["outcome"], block["start"], marks, kinds, 6)
    tables = np.zeros(3, np.int64), np.zeros(3), np.full(3, np.inf), np.full(3, -np.inf)
    agree("collect", block["function"], block["arrival"], *tables)
    cells = block["function"] * np.int64(2) + block["start"] % 2
    status = np.array([200, 429, 503, 200, 412, 200, 502, 403, 412, 412, 200, 429, 412, 499])
    counts = np.zeros((8, 6), np.int64)
    agree("count_calls", block, cells, np.array([0, 1, 0, 1], np.int8), status, marks, counts)
    agree("time_calls", block, cells, marks, np.zeros(6, np.int64), np.zeros(6))


@given(rows)
def test_uses_of_instances_are_alike(given_rows):
    block = columns([row for row in given_rows if row[2] == row[2] and row[7] >= 0])
    begin, end = (loops.place(EDGES, block[name]) for name in ("started", "ended"))
    use = np.tile(np.array(loops.UNUSED), (4, 1))
    agree("serve", block, begin, end, WITHIN, (2.0, 9.0), (np.zeros((3, 2), np.int64), use))


@given(rows)
def test_what_breaks_a_rule_is_found_alike(given_rows):
    limits = {"function": (0, 3), "outcome": (0, 5), "start": (0, 4), "error": (0, 14),
              "instance": (-1, 3)}  # fmt: skip
    agree("flawless", columns(given_rows), limits, np.zeros(3, np.int64))
    for one in given_rows:
        agree("flawless", columns([one]), limits, np.zeros(3, np.int64))


@pytest.mark.parametrize("row", [
    (0, 1.0, 1.0, 2.0, 0, 0, 0, 0),  # completed
    (0, 1.0, 1.0, np.nan, 4, 0, 1, 0),  # unfinished
    (1, 1.0, np.nan, 1.0, 2, 1, 0, -1),  # refused
    (1, 1.0, 2.0, 5.0, 3, 3, 2, 2),  # timed out
    (2, 1.0, np.nan, 5.0, 1, 4, 1, -1),  # its start failed
])  # fmt: skip
def test_what_breaks_no_rule_is_flawless(row):
    limits = {"function": (0, 3), "outcome": (0, 5), "start": (0, 4), "error": (0, 14),
              "instance": (-1, 3)}  # fmt: skip
    assert agree("flawless", columns([row]), limits, np.zeros(3, np.int64))


@given(st.lists(st.lists(st.integers(0, 2**40) | st.integers(0, 9)), max_size=8))
def test_numbers_are_tallied_alike(blocks):
    tallies = [(module.Tally(), module.Tally()) for module in (loops, compiled_loops)]
    for number, block in enumerate(blocks):
        for pair in tallies:
            pair[number % 2].add(np.array(block, np.int64))
    for one, other in tallies:
        one.merge(other)
    found, others = (one.items() for one, _ in tallies)
    assert [part.tolist() for part in found] == [part.tolist() for part in others]


def test_a_full_table_of_numbers_grows():
    tally = compiled_loops.Tally()
    keys = np.arange(10_000, dtype=np.int64) * 7919
    tally.add(keys)
    tally.add(keys[::2])
    found, counts = tally.items()
    assert found.tolist() == keys.tolist()
    assert counts.tolist() == [2, 1] * 5_000
