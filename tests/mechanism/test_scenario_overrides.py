"""Variants and ``--set``: what a path addresses, and where its mistakes are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from fcsim.errors import ScenarioError
from fcsim.scenario import load
from fcsim.scenario.overrides import PathError, put

SHOP = """\
fcsim: 1
images:
  shop: {layers: {os: 29 MB, app.v2: 12 MB}}
  slim: {compressed: 90 MB}
function_defaults: {cpu: 1, memory_size: 1 GB}
functions:
  checkout:
    image: shop
    service: {time: {lognormal: {median: 120 ms, p99: 900 ms}}}
  pay:
    image: shop
    gpu_config: {gpu_type: fc.gpu.tesla.1}
    service: {time: {by: {gpu_type: {fc.gpu.tesla.1: 1 s, fc.gpu.ada.2: 0.5 s}}}}
workload:
  visits: {function: checkout, arrivals: {steps: [{at: 0, rate: 1/s}, {at: 1 h, rate: 2/s}]}}
  payments: {function: pay, arrivals: {poisson: 1/min}}
assumptions: {cache.lifetime: 1 h}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(extra="", **options):
    Path("s.yaml").write_text(SHOP + extra, "utf-8")
    return load("s.yaml", **options)


def problems(extra="", **options):
    with pytest.raises(ScenarioError) as caught:
        read(extra, **options)
    return str(caught.value).splitlines()


def value(scenario, path):
    for name in path.split():
        scenario = scenario[name] if isinstance(scenario, dict) else getattr(scenario, name)
    return scenario


@pytest.mark.parametrize(
    "override, attributes, expected",
    [
        ("horizon=2 h", "horizon", 7200.0),
        ("seed=5", "seed", 5),
        ("functions.checkout.cpu=0.5", "functions checkout cpu", 0.5),
        ("functions.checkout.memorySize=2 GB", "functions checkout memory_size", 2.0 * 1024**3),
        ("function_defaults.cpu=0.5", "functions checkout cpu", 0.5),
        (
            "functions.checkout.scaling_config.min_instances=3",
            "functions checkout scaling_config min_instances",
            3,
        ),
        (
            "functions.checkout.service.time.lognormal.p99=2 s",
            "functions checkout service time lognormal p99",
            2.0,
        ),
        (
            "functions.checkout.service.time.exponential=1 s",
            "functions checkout service time exponential",
            1.0,
        ),
        (
            "functions.checkout.service={time: 3 s, coldTime: 4 s}",
            "functions checkout service cold_time constant",
            4.0,
        ),
        ("workload.visits.arrivals.poisson=30/s", "workload visits arrivals poisson", 30.0),
        ("images.shop.layers.os=30 MB", "images shop layers os compressed", 30e6),
        ("images.shop.layers.os.digest=x", "images shop layers os digest", "x"),
        ("images.shop.layers.os.digest=x", "images shop layers os compressed", 29e6),
        ("images.shop.layers.app.v2.digest=x", "images shop layers app.v2 digest", "x"),
        ("images.new={compressed: 1 MB}", "images new compressed", 1e6),
        ("caches.host.capacity=1 GB", "caches host capacity", 1e9),
        ("billing.prices.gpu.fc.gpu.ada.2=1.5", "billing prices gpu.fc.gpu.ada.2", 1.5),
        ("objectives=[cost.total <= 1 CNY]", "objectives", ["cost.total <= 1 CNY"]),
    ],
)
def test_a_path_addresses_any_value(override, attributes, expected):
    assert value(read(overrides=[override]), attributes) == expected


def test_an_empty_value_is_nothing():
    assert problems(overrides=["name="]) == ["s.yaml: --set name: expected text; got nothing"]


@pytest.mark.parametrize(
    "override, low, middle, high",
    [
        ("assumptions.cache.lifetime=2 h", None, 7200.0, None),
        ("assumptions.cache.lifetime.range=[30 min, 3 h]", 1800.0, 3600.0, 10800.0),
        ("assumptions.cache.lifetime={value: 2 h, range: [1 h, 3 h]}", 3600.0, 7200.0, 10800.0),
    ],
)
def test_assumptions_have_dots_in_their_names(override, low, middle, high):
    parameter = read(overrides=[override]).parameters["cache.lifetime"]
    assert (parameter.low, parameter.value, parameter.high) == (low, middle, high)


def test_an_assumption_that_the_file_does_not_have():
    scenario = read(overrides=["assumptions.host.unpack_rate=180 MB/s"])
    assert scenario.parameters["host.unpack_rate"].value == 180e6


def test_items_of_lists_go_by_position():
    scenario = read(overrides=["workload.visits.arrivals.steps.1.rate=9/s"])
    assert [step.rate for step in scenario.workload["visits"].arrivals.steps] == [1.0, 9.0]


def test_keys_with_dots_below_a_gpu_type():
    path = "functions.pay.service.time.by.gpu_type.fc.gpu.ada.2.constant"
    times = read(overrides={path: "2 s"}).functions["pay"].service.time.by.gpu_type
    assert times["fc.gpu.ada.2"].constant == 2.0
    assert times["fc.gpu.tesla.1"].constant == 1.0


def test_a_mapping_of_overrides_has_plain_values():
    scenario = read(overrides={"horizon": "2 h", "workload.visits.arrivals": {"poisson": "1/s"}})
    assert scenario.horizon == 7200.0
    assert scenario.workload["visits"].arrivals.poisson == 1.0


def test_later_overrides_win():
    assert read(overrides=["seed=2", "seed=3"], seed=4).seed == 4
    twice = read(overrides=["functions.checkout.cpu=2", "functions.checkout.cpu=0.5"])
    assert twice.functions["checkout"].cpu == 0.5


def test_changing_data_leaves_the_original_alone():
    data = {"images": {"shop": {"layers": {"os": "1 MB"}}}}
    changed, address = put(data, "images.shop.layers.os.digest", "x")
    assert data == {"images": {"shop": {"layers": {"os": "1 MB"}}}}
    assert changed["images"]["shop"]["layers"]["os"] == {"compressed": "1 MB", "digest": "x"}
    assert address == ("images", "shop", "layers", "os", "digest")


WRONG_PATHS = [
    ("horizn", "a scenario has no 'horizn'; did you mean 'horizon'?"),
    ("functions.chekout.cpu", "'functions' has no 'chekout'; did you mean 'checkout'?"),
    (
        "functions.checkout.memry",
        "'functions.checkout' has no 'memry'; did you mean 'memory_size'?",
    ),
    ("horizon.unit", "'horizon' is a single value; it has no 'unit'"),
    (
        "workload.visits.arrivals.poison",
        "'workload.visits.arrivals' has no 'poison'; did you mean 'poisson'?",
    ),
    (
        "workload.visits.arrivals.steps.2.rate",
        "'workload.visits.arrivals.steps' has no item '2'; accepted: 0 to 1",
    ),
    (
        "workload.visits.arrivals.steps.x",
        "'workload.visits.arrivals.steps' has no item 'x'; accepted: 0 to 1",
    ),
    ("registries.acr.outages.0.start", "'registries' has no 'acr'"),
    (
        "assumptions.cache.lifetim",
        "'assumptions' has no 'cache.lifetim'; did you mean 'cache.lifetime'?",
    ),
    ("variants.slim", "a variant cannot change variants; change the value itself"),
    ("functions.", "a path is names joined by dots, like functions.NAME.memory_size"),
]


@pytest.mark.parametrize("path, message", WRONG_PATHS)
def test_a_path_that_leads_nowhere_gets_the_nearest_name(path, message):
    assert problems(overrides=[f"{path}=1"]) == [f"s.yaml: --set {path}: {message}"]


def test_a_value_in_the_way_is_no_mapping():
    with pytest.raises(PathError, match=r"'functions\.checkout' is no mapping of keys"):
        put({"functions": {"checkout": 3}}, "functions.checkout.cpu", 1)


def test_overrides_that_are_none():
    assert problems(overrides=["horizon", "=3", "seed=["]) == [
        "--set: expected path=value; got 'horizon'",
        "--set: expected path=value; got '=3'",
        "--set seed: not valid YAML: expected the node content, but found '<stream end>'",
    ]


def test_mistakes_of_overrides_say_so_beside_those_of_the_file():
    assert problems(
        "drain: 3\n",
        overrides=["functions.checkout.cpu=0", "function_defaults.memory_size=300 MB"],
    ) == [
        "s.yaml: --set functions.checkout.cpu: must be more than 0; got 0",
        "s.yaml:18:8: drain: 3 has no unit; expected a number with a unit "
        "(us, ms, s, min, h, d), like '300 ms', '2 h'",
    ]
    [line] = problems(overrides=["function_defaults.memory_size=300 MB"])[:1]
    assert line.startswith("s.yaml: --set function_defaults.memory_size: 300 MB is not offered")


def test_a_block_that_an_override_made_incomplete_says_so():
    assert problems(overrides=["functions.checkout.gpu_config.gpu_memory_size=16 GB"]) == [
        "s.yaml: --set functions.checkout.gpu_config.gpu_memory_size: 'gpu_type' is required"
    ]
    assert problems(overrides=["functions.checkout.service.time.lognormal.p99=1 ms"]) == [
        "s.yaml: --set functions.checkout.service.time.lognormal.p99: "
        "p99 must not be below the median"
    ]


# ── variants ──────────────────────────────────────────────────────────────────────────────────


def test_a_variant_is_applied_before_overrides():
    extra = "variants: {slim: {functions.checkout.image: slim, seed: 2}}\n"
    scenario = read(extra, variant="slim", overrides=["seed=3"])
    assert scenario.functions["checkout"].image == "slim"
    assert scenario.seed == 3
    assert read(extra).functions["checkout"].image == "shop"


def test_an_unknown_variant():
    assert problems("variants: {slim: {seed: 2}}\n", variant="slm") == [
        "s.yaml: variants: no variant 'slm'; did you mean 'slim'?"
    ]
    assert problems(variant="slim") == [
        "s.yaml: variants: no variant 'slim'; the scenario has no variants"
    ]


def test_paths_of_all_variants_are_checked_when_the_file_is_read():
    extra = "variants:\n  a: {horizn: 2 h}\n  b:\n    functions.chekout.cpu: 1\n    seed: x\n"
    expected = [
        "s.yaml:19:7: variants.a: horizn: a scenario has no 'horizn'; did you mean 'horizon'?",
        "s.yaml:21:5: variants.b: functions.chekout.cpu: "
        "'functions' has no 'chekout'; did you mean 'checkout'?",
    ]
    assert problems(extra) == expected
    assert problems(extra, variant="a") == expected


def test_values_of_a_variant_are_checked_when_it_is_chosen():
    extra = "variants:\n  a: {functions.checkout.scalingConfig: {minInstances: x}}\n"
    assert read(extra)
    assert problems(extra, variant="a") == [
        "s.yaml:19:56: variants.a: functions.checkout.scaling_config.min_instances: "
        "expected a whole number; got 'x'"
    ]


def test_references_of_a_variant_are_checked_when_it_is_chosen():
    extra = "variants: {a: {functions.checkout.image: slym}}\n"
    assert problems(extra, variant="a") == [
        "s.yaml:18:42: variants.a: functions.checkout.image: no image 'slym'; did you mean 'slim'?"
    ]


FREE = (
    "its service.time is the same for every shape, so the cheapest shape would win by "
    "construction; give times with by: {cpu: …}, or change service in the variant as well"
)


def test_a_variant_must_not_change_vcpu_for_nothing():
    assert problems("variants: {big: {functions.checkout.cpu: 0.5}}\n") == [
        "s.yaml:18:18: variants.big: functions.checkout.cpu: changes cpu of 'checkout' "
        f"from 1 to 0.5, but {FREE}"
    ]
    assert problems("variants: {big: {function_defaults.cpu: 0.5}}\n") == [
        "s.yaml:18:18: variants.big: function_defaults.cpu: changes cpu of 'checkout' "
        f"from 1 to 0.5, but {FREE}"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        "{functions.pay.gpu_config.gpu_type: fc.gpu.ada.2, functions.pay.cpu: 8}",
        "{functions.checkout.cpu: 0.5, functions.checkout.service.time: 300 ms}",
        "{functions.checkout.cpu: 1}",
        "{functions.checkout.memory_size: 2 GB}",
    ],
)
def test_a_variant_may_change_a_shape_with_its_time(changes):
    assert read(f"variants: {{big: {changes}}}\n")
