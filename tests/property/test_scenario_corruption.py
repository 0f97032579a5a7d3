"""Whatever is done to a valid scenario, loading it gives a scenario or a ScenarioError."""

from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fcsim.errors import ScenarioError
from fcsim.scenario import check, digest, load, warnings
from fcsim.scenario.address import dotted
from fcsim.scenario.parameters import Override
from fcsim.scenario.plain import snake
from fcsim.scenario.walk import ROOT
from fcsim.scenario.yaml12 import parse

TEXT = """\
fcsim: 1
name: everything
seed: 7
start: 2026-11-23T00:00:00+08:00
horizon: 2 h
warm_up: 5 min
platform: {preset: page, region: cn-hangzhou}
registries:
  acr: {edition: personal, account: other, public: true, outages: [{start: 1 s, duration: 2 s}]}
images:
  python: {registry: acr, layers: {os: {compressed: 29 MB, uncompressed: 78 MB}, deps: 210 MB}}
  shop:
    base: python
    layers: &layers {app: 12 MB}
    server: {start: {lognormal: {median: 1.8 s, p99: 6 s}}, keep_alive: 5 min}
  slim: {layers: {<<: *layers, more: 1 MB}}
function_defaults: {cpu: 1, memory_size: 2048 MB, timeout: 60 s}
functions:
  checkout:
    image: shop
    instanceConcurrency: 10
    service:
      time: {mixture: [{weight: 1, time: 1 s}, {weight: 2, time: {gamma: {mean: 1 s, cv: 1}}}]}
    scaling_config: {min_instances: 2, max_instances: 20}
    instance_lifecycle_config: {initializer: {time: {uniform: {low: 1 s, high: 2 s}}, timeout: 5 s}}
  paint:
    image: slim
    cpu: 8
    memory_size: 32 GB
    gpu_config: {gpu_type: fc.gpu.tesla.1}
    pool: cards
    service: {time: {by: {gpu_type: {fc.gpu.tesla.1: 9 s}}}, memory: 1 GB}
pools: {cards: {gpu_type: fc.gpu.tesla.1, cards: 8}}
caches: {host: {capacity: 10 GB, policy: gds}}
workload:
  visitors:
    function: checkout
    arrivals: {steps: [{at: 0 s, rate: 20/s}, {at: 30 min, rate: 400/s, ramp: 1 min}]}
  painters:
    function: paint
    arrivals: {sum: [{poisson: 1/min}, {diurnal: {low: 1/h, high: 2/h, peak: "10:00"}}]}
    share: 50 %
assumptions:
  host.unpack_rate: {value: 180 MB/s, source: measured, date: 2026-11-20}
  cache.lifetime: {value: 1 h, range: [10 min, 24 h]}
  server.start: {empirical: {quantiles: {0: 1 s, 0.5: 2 s, 1: 3 s}}}
billing: {prices: {gpu.fc.gpu.ada.2.active: 1.5}, discount: 10 %}
variants:
  slim: {functions.checkout.image: slim}
  c20: {functions.checkout.instance_concurrency: 20, workload.visitors.arrivals.poisson: 3/s}
objectives: [cost.per_month <= 3600 CNY]
"""

DATA = parse(TEXT).data

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["", "0", "-1 s", "1 parsec", "1e999 MB", "inf", "0x", "acr", "shop", "a b"]),
    st.sampled_from([10**30, -(10**299), 1e308, 5e-324, float("nan"), float("inf")]),
    st.sampled_from([[], {}, [[]], {"": ""}, {1: 2}, {"poisson": None}, {"by": {"cpu": {}}}]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=3),
)


def addresses(data, here=()):
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in entries:
        yield (*here, key)
        if isinstance(value, dict | list):
            yield from addresses(value, (*here, key))


ADDRESSES = list(addresses(DATA))
PATHS = [".".join(map(str, address)) for address in ADDRESSES]


@st.composite
def corrupted(draw):
    """Delete, rename, replace or swap up to three entries."""
    data = copy.deepcopy(DATA)
    for _ in range(draw(st.integers(1, 3))):
        known = list(addresses(data))
        if not known:
            break
        *way, last = draw(st.sampled_from(known))
        parent = data
        for part in way:
            parent = parent[part]
        action = draw(st.sampled_from(["delete", "rename", "replace", "swap", "wrap"]))
        if action == "rename" and isinstance(parent, dict):
            parent[draw(st.one_of(st.text(max_size=8), st.just(f"{last}x")))] = parent.pop(last)
        elif action == "delete":
            del parent[last]
        elif action == "swap":
            address = draw(st.sampled_from(ADDRESSES))
            parent[last] = copy.deepcopy(at(DATA, address))
        else:
            parent[last] = [parent[last]] if action == "wrap" else draw(ODD)
    return data


def at(data, address):
    for part in address:
        data = data[part]
    return data


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("corrupted") / "s.yaml"


def outcome(source, **options):
    """Load *source*; nothing but ScenarioError may be raised."""
    try:
        return load(source, **options), None
    except ScenarioError as error:
        return None, error


def loads(source, **options):
    """Check what comes of *source*: messages that can be shown, or the same scenario twice."""
    scenario, error = outcome(source, **options)
    if scenario is None:
        assert error.problems
        assert all(problem.message for problem in error.problems)
        assert str(error).encode()
        return None
    assert check(scenario) == []
    assert all(": " in line for line in warnings(scenario))
    again = load(source, **options)
    assert digest(again) == digest(scenario)
    assert again == scenario
    return scenario


def test_the_original_is_valid(file):
    file.write_text(TEXT, "utf-8")
    assert loads(file) is not None
    assert loads(DATA) is not None
    assert loads(file, variant="c20").functions["checkout"].instance_concurrency == 20


@given(corrupted())
@settings(max_examples=150)
def test_corrupted_data(data):
    loads(data)


@given(corrupted())
@settings(max_examples=40)
def test_corrupted_data_in_a_file_has_lines(file, data):
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    _, error = outcome(file)
    assert error is None or all(problem.line > 0 for problem in error.problems)


@given(st.data())
@settings(max_examples=80)
def test_corrupted_text(file, data):
    text = TEXT
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(begin, min(len(text), begin + 40)))
        text = text[:begin] + data.draw(st.text(max_size=6)) + text[end:]
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    loads(file)


@given(st.integers(0, len(TEXT)))
@settings(max_examples=40)
def test_truncated_text(file, length):
    file.write_text(TEXT[:length], "utf-8")
    loads(file)


@given(st.binary(max_size=200), st.integers(0, len(TEXT)))
@settings(max_examples=100)
def test_random_bytes(file, content, length):
    file.write_bytes(TEXT[:length].encode() + content)
    loads(file)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from(PATHS), st.text(max_size=20)),
            st.sampled_from(["", "x", ".", ".0", ".poisson", ".value", "..a"]),
            ODD,
        ),
        max_size=3,
    )
)
@settings(max_examples=100)
def test_random_overrides(changes):
    loads(DATA, overrides={path + tail: value for path, tail, value in changes})


@given(
    st.lists(st.one_of(st.text(max_size=30), st.sampled_from([f"{path}=1" for path in PATHS]))),
    st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["slim", "c20"])),
)
@settings(max_examples=80)
def test_random_texts_of_overrides(overrides, variant):
    loads(DATA, overrides=overrides, variant=variant)


def models():
    """Yield the address of every block that accepts a fixed set of keys."""
    for address in [(), *ADDRESSES]:
        data, place = DATA, ROOT
        for part in address:
            place = place.settled(data).child(snake(part) if isinstance(part, str) else part)
            data = data[part]
        place = place.settled(data)
        short = place.model is Override and "value" not in data
        if place.kind == "model" and isinstance(data, dict) and not short:
            yield address


@pytest.mark.parametrize("address", list(models()), ids=dotted)
def test_an_unknown_key_is_found_where_it_stands(file, address):
    data = copy.deepcopy(DATA)
    at(data, address)["unheard_of"] = 1
    text = yaml.safe_dump(data, sort_keys=False)
    file.write_text(text, "utf-8")
    _, error = outcome(file)
    [problem] = [one for one in error.problems if "unheard_of" in one.path]
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("unheard_of:")
    assert problem.message.startswith("unknown key 'unheard_of'; ")
