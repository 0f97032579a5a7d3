"""Numbers over time and points of curves, worked out by hand."""

from math import nan

import numpy as np
import pytest

from fcsim.results.levels import level, thin


def test_a_level_counts_intervals():
    counted = level([0, 2, 3, nan, 8], [5, 4, 3, 7, nan])
    assert counted.times.tolist() == [0, 2, 3, 4, 5, 8]
    assert counted.values.tolist() == [1, 2, 2, 1, 0, 1]


def test_its_mean_is_exact_between_edges():
    counted = level([1, 2], [4, 3])
    assert counted.mean(np.array([0.0, 2.0, 4.0, 8.0])).tolist() == [0.5, 1.5, 0.0]


def test_its_peak_counts_the_level_at_the_left_edge_but_not_at_the_right():
    counted = level([1, 2, 6], [4, 3, 7])
    edges = np.array([0.0, 1.0, 2.5, 6.0, 6.5, 9.0])
    assert counted.peak(edges).tolist() == [0, 2, 2, 1, 1]


def test_a_level_without_intervals_is_zero():
    edges = np.array([0.0, 1.0, 2.0])
    assert level([], []).mean(edges).tolist() == [0, 0]
    assert level([], []).peak(edges).tolist() == [0, 0]


def test_few_values_are_all_kept():
    values, shares = thin(4, np.array([1.0, 2.0, 2.0, 3.0]).__getitem__)
    assert values.tolist() == [1, 2, 2, 3]
    assert shares.tolist() == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("number", [10_000, 250_000])
def test_of_many_values_every_point_is_exact_and_both_tails_are_whole(number):
    values, shares = thin(number, np.arange(number).__getitem__)
    assert len(values) <= 2000
    assert (shares == (values + 1) / number).all()
    assert values[:20].tolist() == list(range(20))
    assert values[-20:].tolist() == list(range(number - 20, number))
    assert np.diff(shares).max() < 1 / 500
