"""Placement over random lives agrees with a plain search of all hosts."""

from hypothesis import given
from hypothesis import strategies as st

from fcsim.sim.cache import LayerCache
from fcsim.sim.hosts import HostSettings, Pool, Shape

HOST = Shape(4.0, 16.0, 100.0, 1.0)
SHAPES = [Shape(1.0, 4.0, 10.0), Shape(0.5, 8.0, 10.0), Shape(2.0, 1.0, 10.0, 0.5)]
LAYERS = ["os", "lib", "app"]

places = st.tuples(st.just("place"), st.integers(0, 3), st.sampled_from(SHAPES))
releases = st.tuples(st.just("release"), st.integers(0, 50), st.none())
layers = st.tuples(st.just("layer"), st.integers(0, 6), st.sampled_from(LAYERS))


def pool(policy, count):
    def cache():
        return LayerCache(float("inf"), float("inf"), "lru", lambda: 0.0)

    return Pool(count, HostSettings(HOST, 1.0, cache), policy)


class Search:
    """All hosts as lists of what lives there: (function, shape)."""

    def __init__(self, policy, count):
        self.policy = policy
        self.hosts = [[] for _ in range(count)]
        self.layers = [set() for _ in range(count)]

    def taken(self, host):
        amounts = [shape.amounts() for _, shape in self.hosts[host]]
        return [sum(column) for column in zip((0.0,) * 4, *amounts, strict=True)]

    def score(self, host, function):
        if self.policy == "spread":
            return sum(one == function for one, _ in self.hosts[host])
        if self.policy == "image_locality":
            return -len(self.layers[host])
        parts = zip(self.taken(host), HOST.amounts(), strict=True)
        load = max(1.0 - (whole - part) / whole for part, whole in parts)
        return load if self.policy == "least_loaded" else -load

    def place(self, function, shape):
        room = [
            k for k in range(len(self.hosts))
            if all(
                part + need <= whole
                for part, need, whole in zip(
                    self.taken(k), shape.amounts(), HOST.amounts(), strict=True
                )
            )
        ]  # fmt: skip
        if not room:
            return None
        best = min(room, key=lambda host: (self.score(host, function), host))
        self.hosts[best].append((function, shape))
        return best


@given(
    st.sampled_from(["spread", "least_loaded", "pack", "image_locality"]),
    st.integers(1, 7),
    st.lists(st.one_of(places, places, releases, layers), max_size=60),
)
def test_the_same_hosts_are_chosen(policy, count, steps):
    one, search = pool(policy, count), Search(policy, count)
    living = []
    for kind, number, what in steps:
        if kind == "place":
            host = one.place(number, what.amounts(), LAYERS)
            assert host == search.place(number, what)
            if host is not None:
                living.append((number, what, host))
        elif kind == "layer" and number < count:
            one.hosts[number].cache.add(what, 1.0)
            search.layers[number].add(what)
        elif kind == "release" and living:
            function, shape, host = living.pop(number % len(living))
            one.release(function, shape.amounts(), host)
            search.hosts[host].remove((function, shape))
    for function, shape, host in living:
        one.release(function, shape.amounts(), host)
    assert one.free == [one.capacity] * count
