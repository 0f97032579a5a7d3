"""Levels over time against the plain definition."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fcsim.results.levels import level

TIMES = st.integers(0, 40)
INTERVALS = st.lists(st.tuples(TIMES, st.integers(0, 15)), max_size=12)
EDGES = st.lists(TIMES, min_size=2, max_size=6, unique=True).map(sorted)


@given(INTERVALS, EDGES)
def test_mean_and_peak_are_those_of_the_counted_intervals(intervals, edges):
    begins = [begin for begin, _ in intervals]
    ends = [begin + length for begin, length in intervals]
    counted = level(begins, ends)
    cut = np.array(edges, dtype=float)
    alive = [sum(b <= t < e for b, e in zip(begins, ends, strict=True)) for t in range(60)]
    cells = list(pairwise(edges))
    # Times are whole, so that the level is constant from each second to the next.
    assert counted.peak(cut).tolist() == [max(alive[a:b]) for a, b in cells]
    means = [sum(alive[a:b]) / (b - a) for a, b in cells]
    np.testing.assert_allclose(counted.mean(cut), means, rtol=1e-12, atol=1e-12)
