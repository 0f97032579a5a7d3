"""Pulls on hand-made hosts: exact event logs of transfers, unpacking and sharing."""

import math

import pytest

from fcsim.scenario.platform import Outage
from fcsim.sim.cache import LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Host, HostSettings, Shape
from fcsim.sim.image import Image, Pulls, PullSettings, pieces
from fcsim.sim.network import Link, Network
from fcsim.sim.record import ErrorCode, Source
from fcsim.sim.recorder import Recorder
from fcsim.sim.registry import Registry, RegistrySettings

NEVER = float("inf")


class World:
    """One registry, one zone cache and hosts with a NIC of 100 bytes/s."""

    def __init__(
        self, *, connection=1000.0, parallel=1, unpack_rate=50.0, zone=0.0, host=NEVER, outages=()
    ):
        self.clock = Clock()
        self.network = Network(self.clock)
        settings = RegistrySettings(
            "acr", 1000.0, connection, 1e9, latency=0.0, retry_base=1.0, retry_limit=2,
            jitter_key=1,
            outages=list(outages),
        )  # fmt: skip
        self.registry = Registry(self.clock, self.network, settings)
        self.recorder = Recorder()
        self.zone_cache = self.cache(zone)
        self.pulls = Pulls(
            self.clock,
            self.network,
            self.zone_cache,
            PullSettings(parallel, unpack_rate, 20.0, 0.0, Link("store", 1e6), Link("zone", 1e6)),
            self.recorder,
        )
        self.hosts = [
            Host(k, HostSettings(Shape(1, 1, 1), 100.0, lambda: self.cache(host))) for k in range(3)
        ]
        self.log = []

    def cache(self, capacity):
        return LayerCache(capacity, NEVER, "lru", lambda: self.clock.now)

    def image(self, mode="eager", **layers):
        """Return an image of layers name=(compressed, uncompressed); names are shared."""
        numbers = [("os", "app", "lib", "doc").index(name) for name in layers]
        listed = [(n, *sizes) for n, sizes in zip(numbers, layers.values(), strict=True)]
        if mode == "eager":
            return Image("i", mode, self.registry, pieces(listed, "layer"))
        return Image("i", mode, self.registry, pieces(listed, "start", 0.1))

    def missing(self, host, image):
        """Return what a start on *host* has to pull; its layers stay pinned."""
        cache = self.hosts[host].cache
        absent = cache.absent(cache.pin(image.keys))
        return [piece for piece in image.pieces if piece.key in absent]

    def end(self, host, image):
        """End one instance of *image* on *host*."""
        cache = self.hosts[host].cache
        group = cache.pin(image.keys)
        for _ in range(2):
            cache.unpin(group)

    def start(self, at, host, image, name):
        def process():
            absent = self.missing(host, image)
            error = yield from self.pulls.pull(self.hosts[host], image, absent)
            self.log.append((name, self.clock.now, error))

        self.clock.call_at(at, lambda: self.clock.process(process()))

    def run(self):
        self.clock.run()
        return self.log

    def facts(self, *names):
        return [tuple(getattr(fact, name) for name in names) for fact in self.recorder.pulls]


def test_layers_are_transferred_then_unpacked_in_order():
    world = World()
    # os: 200 bytes at 100/s, then 400 bytes unpacked at 50/s; app transfers meanwhile
    world.start(0.0, 0, world.image(os=(200, 400), app=(100, 150)), "a")
    assert world.run() == [("a", 13.0, ErrorCode.NONE)]
    assert world.facts(
        "layer", "source", "bytes", "begun", "flowing", "transferred", "unpacked"
    ) == [
        (0, Source.REGISTRY, 200.0, 0.0, 0.0, 2.0, 10.0),
        (1, Source.REGISTRY, 100.0, 0.0, 2.0, 3.0, 13.0),
    ]


def test_parallel_layers_share_the_nic():
    world = World(parallel=2)
    world.start(0.0, 0, world.image(os=(200, 50), app=(100, 50)), "a")
    # 50/s each until app is there at 2; os has 100 left at 100/s: 3; unpack 3-4 and 4-5
    assert world.run() == [("a", 5.0, ErrorCode.NONE)]
    assert world.facts("layer", "transferred", "unpacked") == [(0, 3.0, 4.0), (1, 2.0, 5.0)]


def test_starts_on_one_host_share_a_transfer():
    world = World()
    image = world.image(os=(200, 100))
    world.start(0.0, 0, image, "a")
    world.start(1.0, 0, image, "b")
    assert world.run() == [("a", 4.0, ErrorCode.NONE), ("b", 4.0, ErrorCode.NONE)]
    assert world.facts("bytes") == [(200.0,)]


def test_a_layer_is_cached_when_its_unpack_has_ended():
    world = World()
    image = world.image(os=(200, 100))
    world.start(0.0, 0, image, "a")
    seen = []
    for time in (2.5, 3.9, 4.1):
        world.clock.call_at(time, lambda: seen.append(len(world.missing(0, image))))
    world.run()
    assert seen == [1, 1, 0]


def test_a_second_image_waits_for_the_common_layer_and_pulls_its_own():
    world = World()
    world.start(0.0, 0, world.image(os=(200, 100)), "a")
    world.start(1.0, 0, world.image(os=(200, 100), app=(100, 50)), "b")
    # both share the NIC from 1 on and end at 3; os unpacks 3-5, then app 5-6
    assert world.run() == [("a", 5.0, ErrorCode.NONE), ("b", 6.0, ErrorCode.NONE)]
    assert world.facts("layer", "transferred", "unpacked") == [(0, 3.0, 5.0), (1, 3.0, 6.0)]


def test_another_host_reads_from_the_zone_once_the_layer_is_there():
    world = World(zone=1000.0)
    image = world.image(os=(200, 100))
    world.start(0.0, 0, image, "a")
    world.start(1.0, 1, image, "b")  # not yet in the zone
    world.start(3.0, 2, image, "c")
    world.run()
    assert world.facts("host", "source") == [
        (0, Source.REGISTRY), (1, Source.REGISTRY), (2, Source.ZONE),
    ]  # fmt: skip


def test_the_cap_of_a_registry_connection_does_not_hold_for_the_zone():
    world = World(zone=1000.0, connection=10.0)
    image = world.image(os=(200, 0))
    world.start(0.0, 0, image, "registry")
    world.start(100.0, 1, image, "zone")
    assert world.run() == [("registry", 20.0, ErrorCode.NONE), ("zone", 102.0, ErrorCode.NONE)]


def test_eviction_under_capacity_makes_a_start_pull_again():
    world = World(host=100.0)
    one, other = world.image(os=(100, 100)), world.image(app=(100, 100))
    for time, image, name in ((0.0, one, "a"), (10.0, other, "b"), (20.0, one, "c")):
        world.start(time, 0, image, name)
        world.clock.call_at(time + 5, lambda image=image: world.end(0, image))
    assert [name for name, _, _ in world.run()] == ["a", "b", "c"]
    assert world.facts("layer", "begun") == [(0, 0.0), (1, 10.0), (0, 20.0)]


def test_accelerated_loading_reads_a_share_at_its_own_rate():
    world = World(unpack_rate=1.0)
    world.start(0.0, 0, world.image("accelerated", os=(200, 400), app=(400, 900)), "a")
    # 10 % of 600 bytes at 20/s, nothing to unpack
    assert world.run() == [("a", 3.0, ErrorCode.NONE)]
    assert world.facts("layer", "source", "bytes", "unpacked") == [
        (0, Source.ACCELERATED, 20.0, 3.0),
        (1, Source.ACCELERATED, 40.0, 3.0),
    ]


def test_accelerated_loading_reads_from_the_zone_what_is_there():
    world = World(zone=1000.0)
    world.start(0.0, 0, world.image("accelerated", os=(200, 400)), "a")
    world.start(5.0, 1, world.image("accelerated", os=(200, 400), app=(400, 400)), "b")
    world.run()
    assert sorted(world.facts("host", "layer", "source")) == [
        (0, 0, Source.ACCELERATED), (1, 0, Source.ZONE), (1, 1, Source.ACCELERATED),
    ]  # fmt: skip


def test_a_registry_that_does_not_answer_fails_every_start_that_waits():
    world = World(outages=[Outage(start="0 s", duration="1 h")])
    image = world.image(os=(200, 100), app=(10, 10))
    world.start(1.0, 0, image, "a")
    world.start(1.5, 0, image, "b")
    world.start(7200.0, 0, image, "later")
    (a, when_a, error_a), (b, when_b, error_b), (_, _, later) = world.run()
    assert (a, b, error_a, error_b) == ("a", "b", *[ErrorCode.IMAGE_PULL_FAILED] * 2)
    assert when_a == when_b
    assert later == ErrorCode.NONE
    assert world.hosts[0].fetching == {}


def test_bytes_delivered_equal_bytes_asked_for():
    world = World(parallel=3, zone=1000.0)
    for k in range(3):
        world.start(k * 0.7, k, world.image(os=(200, 100), app=(77, 10), lib=(3, 9)), k)
    world.run()
    assert world.network.asked == world.network.delivered == pytest.approx(3 * 280)
    assert world.network.transfers == 0


def test_layers_before_one_that_fails_arrive_and_stay():
    world = World(outages=[Outage(start="500 ms", duration="1 h")])
    image = world.image(os=(50, 500), app=(100, 10), lib=(10, 10))
    # os is there at 0.5, when the outage begins; app gets no answer, but os unpacks until 10.5
    world.start(0.0, 0, image, "a")
    assert world.run() == [("a", 10.5, ErrorCode.IMAGE_PULL_FAILED)]
    (os, *others) = world.facts("layer", "transferred", "unpacked")
    assert os == (0, 0.5, 10.5)
    assert [layer for layer, *_ in others] == [1, 2]
    assert all(math.isnan(time) for _, *times in others for time in times)
    assert [piece.layer for piece in world.missing(0, image)] == [1, 2]


def test_a_layer_that_another_image_brings_is_waited_for_before_the_next_is_unpacked():
    world = World()
    world.start(0.0, 0, world.image(os=(200, 400)), "a")
    # app is there at 2.5, but os is being unpacked until 10.5 (2.5 + 8)
    world.start(1.5, 0, world.image(os=(200, 400), app=(50, 100)), "b")
    assert world.run() == [("a", 10.5, ErrorCode.NONE), ("b", 12.5, ErrorCode.NONE)]


def test_a_layer_that_another_image_fails_to_bring_fails_the_image_that_waits_for_it():
    world = World(outages=[Outage(start="500 ms", duration="1 h")])
    # app is there when the outage begins, os gets no answer; lib has flowed, but os comes first
    world.start(0.0, 0, world.image(app=(40, 0), os=(200, 400)), "a")
    world.start(0.2, 0, world.image(os=(200, 400), lib=(10, 50)), "b")
    (a, when_a, error_a), (b, when_b, error_b) = world.run()
    assert (a, b, error_a, error_b) == ("a", "b", *[ErrorCode.IMAGE_PULL_FAILED] * 2)
    assert when_a == when_b
    assert sorted(world.facts("layer", "transferred"))[1:] == [(1, 0.5), (2, 0.4)]
    assert world.hosts[0].fetching == {}
    assert not world.hosts[0].cache.has(world.image(lib=(10, 50)).pieces[0].key)


def test_a_pull_that_has_failed_asks_for_no_more_layers():
    world = World(outages=[Outage(start="500 ms", duration="1 h")])
    # app is refused twice and fails the pull; lib has been asked for by then, doc never is
    world.start(0.0, 0, world.image(os=(50, 0), app=(10, 0), lib=(10, 0), doc=(10, 0)), "a")
    assert [error for _, _, error in world.run()] == [ErrorCode.IMAGE_PULL_FAILED]
    assert world.registry.refusals == 4
