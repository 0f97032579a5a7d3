"""Which host gets an instance, policy by policy."""

import numpy as np
import pytest

from fcsim.sim.cache import LayerCache
from fcsim.sim.hosts import HostSettings, Pool, Shape


def pool(policy, count=3, cpu=4.0):
    def cache():
        return LayerCache(float("inf"), float("inf"), "lru", lambda: 0.0)

    return Pool(count, HostSettings(Shape(cpu, 16.0, 100.0, 2.0), 1.0, cache), policy)


NEED = Shape(1.0, 4.0, 10.0).amounts()


@pytest.mark.parametrize(
    "policy, hosts",
    [
        # function 0 three times, then function 1 twice
        ("spread", [0, 1, 2, 0, 1]),
        ("least_loaded", [0, 1, 2, 0, 1]),
        ("pack", [0, 0, 0, 0, 1]),
        ("image_locality", [0, 0, 0, 0, 1]),
    ],
)
def test_policy(policy, hosts):
    one = pool(policy)
    assert [one.place(f, NEED, []) for f in (0, 0, 0, 1, 1)] == hosts


def test_spread_looks_at_the_function_and_least_loaded_at_the_host():
    for policy, host in (("spread", 1), ("least_loaded", 2)):
        one = pool(policy)
        one.place(0, NEED, [])
        one.free[1] = Shape(2.0, 8.0, 80.0, 2.0).amounts()
        one._policy.moved(1, 1, 2)  # others' instances
        assert one.place(0, NEED, []) == host


def test_image_locality_prefers_the_host_that_has_more_of_the_image():
    one = pool("image_locality")
    one.hosts[1].cache.add("os", 1.0)
    one.hosts[2].cache.add("os", 1.0)
    one.hosts[2].cache.add("app", 1.0)
    assert one.place(0, NEED, ["os", "app"]) == 2


def test_a_layer_on_its_way_counts_as_local():
    one = pool("image_locality")
    one.hosts[1].fetching["os"] = None
    assert one.place(0, NEED, ["os"]) == 1


@pytest.mark.parametrize("policy", ["spread", "least_loaded", "pack", "image_locality"])
def test_no_host_with_room_is_no_placement(policy):
    one = pool(policy, count=2)
    placed = [one.place(0, NEED, []) for _ in range(9)]
    assert placed.count(None) == 1
    assert np.bincount([index for index in placed if index is not None]).tolist() == [4, 4]


def test_cards_are_whole_and_scarce():
    one = pool("pack", count=1)
    need = Shape(1.0, 1.0, 1.0, 1.0).amounts()
    assert [one.place(0, need, []) for _ in range(3)] == [0, 0, None]
    one.release(0, need, 0)
    assert one.place(0, need, []) == 0


def test_a_released_host_is_exactly_as_it_was():
    one = pool("pack", count=1, cpu=64.0)
    need = Shape(0.35, 0.1, 0.3).amounts()
    for _ in range(40):
        one.place(0, need, [])
    for _ in range(40):
        one.release(0, need, 0)
    assert one.free == [one.capacity]
