"""Layer caches: what stays, what goes, and when."""

import pytest

from fcsim.sim.cache import LayerCache


class Now:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def now():
    return Now()


def test_lifetime_counts_from_the_last_use(now):
    cache = LayerCache(100.0, 10.0, "lru", now)
    cache.add("a", 1.0)
    now.time = 9.0
    cache.touch("a")
    now.time = 19.0
    assert cache.has("a")
    now.time = 19.5
    assert not cache.has("a")
    assert cache.used == 0.0


def test_ttl_counts_from_insertion(now):
    cache = LayerCache(100.0, 10.0, "ttl", now)
    cache.add("a", 1.0)
    now.time = 9.0
    cache.touch("a")
    now.time = 10.5
    assert not cache.has("a")


def test_lru_drops_the_least_recently_used(now):
    cache = LayerCache(3.0, 100.0, "lru", now)
    dropped = []
    cache.on_drop = dropped.append
    for name in "abc":
        now.time += 1
        cache.add(name, 1.0)
    now.time += 1
    cache.touch("a")
    cache.add("d", 1.0)
    assert dropped == ["b"]


def test_ttl_drops_the_oldest(now):
    cache = LayerCache(2.0, 100.0, "ttl", now)
    cache.add("a", 1.0)
    now.time = 1.0
    cache.add("b", 1.0)
    now.time = 2.0
    cache.touch("a")
    cache.add("c", 1.0)
    assert [name for name in "abc" if cache.has(name)] == ["b", "c"]


def test_greedy_dual_size_keeps_small_layers(now):
    cache = LayerCache(10.0, 100.0, "gds", now)
    cache.add("large", 8.0)
    now.time = 1.0
    cache.add("small", 1.0)
    now.time = 2.0
    cache.add("new", 3.0)
    assert [name for name in ("large", "small", "new") if cache.has(name)] == ["small", "new"]


def test_pinned_layers_stay_beyond_capacity_and_lifetime(now):
    cache = LayerCache(1.0, 5.0, "lru", now)
    both, b = cache.pin(("a", "b")), cache.pin(("b",))
    assert cache.absent(both) == {"a", "b"}
    cache.add("a", 1.0)
    cache.add("b", 1.0)
    now.time = 50.0
    assert cache.has("a")
    assert cache.has("b")
    assert cache.absent(both) == cache.absent(b) == set()
    cache.unpin(both)
    assert not cache.has("a")
    assert cache.has("b")


def test_an_instances_end_counts_as_use(now):
    cache = LayerCache(10.0, 5.0, "lru", now)
    group = cache.pin(("a",))
    cache.add("a", 1.0)
    now.time = 50.0
    cache.unpin(group)
    now.time = 55.0
    assert cache.has("a")
    now.time = 55.1
    assert not cache.has("a")


def test_policy_none_keeps_only_what_is_pinned(now):
    cache = LayerCache(10.0, 5.0, "none", now)
    cache.add("a", 1.0)
    assert not cache.has("a")
    group = cache.pin(("b",))
    cache.add("b", 1.0)
    assert cache.has("b")
    cache.unpin(group)
    assert not cache.has("b")


def test_pinning_does_not_revive_what_has_expired(now):
    cache = LayerCache(10.0, 5.0, "lru", now)
    cache.add("a", 1.0)
    now.time = 5.1
    cache.pin(("a",))
    assert not cache.has("a")
