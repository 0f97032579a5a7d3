"""Loading a scenario: defaults, key styles, and every mistake with file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from fcsim.errors import ScenarioError
from fcsim.scenario import digest, load
from fcsim.units import MIB

FOUR_LINES = """\
fcsim: 1
images:    {shop: {compressed: 251 MB}}
functions: {checkout: {image: shop, service: {time: {exponential: 120 ms}}}}
workload:  {visits: {function: checkout, arrivals: {poisson: 20/s}}}
"""

LONG = """\
fcsim: 1
name: flash-sale
seed: 7
start: 2026-11-23T00:00:00+08:00     # gives cron and diurnal a clock
horizon: 2 h
platform: {preset: page, region: cn-hangzhou}
registries:
  acr: {edition: enterprise-standard, endpoint: vpc, bandwidth: 10 Gbit/s}
images:
  python: {layers: {os: {compressed: 29 MB, uncompressed: 78 MB}, deps: 210 MB}}
  shop:
    base: python
    layers: {app: 12 MB}
    server: {start: {lognormal: {median: 1.8 s, p99: 6 s}}}
  slim: {from: build/slim-manifest.json}
function_defaults: {cpu: 1, memory_size: 2048 MB, timeout: 60 s}
functions:
  checkout:
    image: shop
    instance_concurrency: 10
    service: {time: {lognormal: {median: 120 ms, p99: 900 ms}}, vcpu: 0.1, memory: 60 MB}
    scaling_config:
      min_instances: 2
      scheduled_policies:
        - {name: open, target: 12, time_zone: Asia/Shanghai,
           schedule_expression: "cron(0 45 8 * * MON-FRI)"}
workload:
  visitors:
    function: checkout
    arrivals: {steps: [{at: 0 s, rate: 20/s}, {at: 30 min, rate: 400/s}, {at: 60 min, rate: 20/s}]}
assumptions:
  host.unpack_rate: {value: 180 MB/s, source: measured, date: 2026-11-20}
  cache.lifetime:   {value: 1 h, range: [10 min, 24 h]}
variants:
  slim: {functions.checkout.image: slim}
  c20:  {functions.checkout.instance_concurrency: 20}
objectives:
  - requests.success_ratio >= 99.9 %
  - functions.checkout.latency.p99 <= 2 s in every 5 min
  - cost.per_month <= 3600 CNY
"""  # the long example of design.md, section 4

MANIFEST = '{"layers": [{"size": 31416000, "digest": "sha256:aa", "mediaType": "x"}]}'


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(text, name="s.yaml"):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text, "utf-8")
    return name


def problems(text, **options):
    with pytest.raises(ScenarioError) as caught:
        load(write(text), **options)
    return str(caught.value).splitlines()


def changed(*pairs):
    text = FOUR_LINES
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


# ── what a valid file becomes ─────────────────────────────────────────────────────────────────


def test_four_lines_are_a_scenario():
    scenario = load(write(FOUR_LINES, "folder/shop.yaml"))
    function = scenario.functions["checkout"]
    assert scenario.name == "shop"
    assert scenario.file("trace.csv") == Path("folder/trace.csv")
    assert (function.cpu, function.memory_size, function.disk_size) == (0.35, 512 * MIB, 512 * MIB)
    assert (function.timeout, function.instance_concurrency) == (3.0, 1)
    assert function.service.time.exponential == 0.12
    assert scenario.workload["visits"].arrivals.poisson == 20.0


def test_the_long_example_without_its_later_key():
    write(MANIFEST, "build/slim-manifest.json")
    lines = [
        line for line in LONG.splitlines() if not ("schedule" in line or "- {name: open" in line)
    ]
    scenario = load(write("\n".join(lines)), variant="slim")
    assert scenario.name == "flash-sale"
    assert scenario.functions["checkout"].image == "slim"
    assert scenario.functions["checkout"].cpu == 1.0
    assert scenario.parameters["host.unpack_rate"].value == 180e6
    assert scenario.parameters["host.unpack_rate"].provenance == "measured"
    assert scenario.parameters["cache.lifetime"].low == 600.0


def test_a_key_of_a_later_version_is_unknown():
    write(MANIFEST, "build/slim-manifest.json")
    assert problems(LONG) == [
        "s.yaml:24:7: functions.checkout.scaling_config.scheduled_policies: unknown key "
        "'scheduled_policies'; accepted: always_allocate_cpu, always_allocate_gpu, "
        "delayed_release, max_instances, min_instances"
    ]


def test_preset_then_defaults_then_function():
    scenario = load(
        write(
            """\
fcsim: 1
images: {shop: {compressed: 251 MB}}
function_defaults:
  cpu: 1
  memory_size: 2 GB
  scaling_config: {min_instances: 1, max_instances: 9}
  service: {time: {exponential: 1 s}, vcpu: 0.5}
functions:
  a: {image: shop, memory_size: 1 GB, scaling_config: {min_instances: 3}}
  b: {image: shop, service: {time: {gamma: {mean: 1 s, cv: 2}}}}
workload: {visits: {function: a, arrivals: {poisson: 20/s}}}
"""
        )
    )
    a, b = scenario.functions["a"], scenario.functions["b"]
    assert (a.cpu, a.memory_size, a.timeout) == (1.0, 1024 * MIB, 3.0)
    assert (a.scaling_config.min_instances, a.scaling_config.max_instances) == (3, 9)
    assert (b.service.time.gamma.cv, b.service.vcpu) == (2.0, 0.5)


def test_assumptions_reach_the_defaults_of_functions():
    text = FOUR_LINES + "assumptions: {function.timeout: 1 min}\n"
    assert load(write(text)).functions["checkout"].timeout == 60.0


def test_the_ideal_preset_has_no_timeout():
    scenario = load(write(FOUR_LINES + "platform: {preset: ideal}\n"))
    assert scenario.functions["checkout"].timeout == float("inf")


def test_camel_case_keys_become_the_models_and_names_stay():
    scenario = load(
        write(
            """\
fcsim: 1
images: {memorySize: {compressed: 251 MB}}
functions:
  instanceConcurrency:
    image: memorySize
    memorySize: 1024 MB
    cpu: 1
    scalingConfig: {minInstances: 2}
    service: {time: {perFunction: {mean: 1 s}}, coldTime: 2 s}
workload: {oneFunctionPer: {function: instanceConcurrency, arrivals: {poisson: 20/s}}}
"""
        )
    )
    function = scenario.functions["instanceConcurrency"]
    assert function.image == "memorySize"
    assert function.memory_size == 1024 * MIB
    assert function.scaling_config.min_instances == 2
    assert function.service.time.per_function.mean.constant == 1.0
    assert function.service.cold_time.constant == 2.0
    assert list(scenario.workload) == ["oneFunctionPer"]


def test_a_mapping_is_a_scenario_without_lines():
    content = {
        "fcsim": 1,
        "images": {"shop": {"compressed": "251 MB"}},
        "functions": {"checkout": {"image": "shop", "service": {"time": "1 s"}}},
        "workload": {"visits": {"function": "checkout", "arrivals": {"poisson": "20/s"}}},
    }
    assert load(content).name == "scenario"
    content["functions"]["checkout"]["memorySize"] = 12
    with pytest.raises(ScenarioError) as caught:
        load(content)
    assert str(caught.value) == (
        "functions.checkout.memory_size: 12 has no unit; expected a number with a unit "
        "(MB, GB, TB, MiB, GiB, TiB), like '512 MB', '2 GB'"
    )


def test_a_mapping_that_contains_itself_is_an_error():
    content = {"fcsim": 1}
    content["images"] = content
    with pytest.raises(ScenarioError, match="nested deeper than 60 levels, or refers to itself"):
        load(content)


def test_seed():
    assert load(write(FOUR_LINES), seed=9).seed == 9
    assert problems(FOUR_LINES, seed=-1) == ["s.yaml: --seed: must be at least 0; got -1"]


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def test_a_missing_file_has_a_neighbour():
    write(FOUR_LINES, "flash-sale.yaml")
    with pytest.raises(ScenarioError) as caught:
        load("flash-sal.yaml")
    assert str(caught.value) == "flash-sal.yaml: no such file; did you mean 'flash-sale.yaml'?"


def test_a_directory_is_no_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ScenarioError) as caught:
        load("folder")
    assert str(caught.value) == "folder: is a directory, not a scenario file"


@pytest.mark.parametrize("text", ["[1, 2]", "just text", "---\n"])
def test_a_scenario_is_a_mapping(text):
    [line] = problems(text)
    assert line.endswith("a scenario is a mapping that begins with fcsim: 1")


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────

ONE_MISTAKE = [
    ("fcsim: 1", "fcsim: 2", "1:8: fcsim: unknown version 2 of the scenario language; accepted: 1"),
    (
        "fcsim: 1",
        "fcsim: yes",
        "1:8: fcsim: unknown version 'yes' of the scenario language; accepted: 1",
    ),
    (
        "fcsim: 1",
        "seed: 1",
        "1:1: 'fcsim' is required: the version of the scenario language; write fcsim: 1",
    ),
    ("fcsim: 1", "fcsim: 1\nsed: 3", "2:1: sed: unknown key 'sed'; did you mean 'seed'?"),
    (
        "fcsim: 1",
        "fcsim: 1\nhorizon: 3600",
        "2:10: horizon: 3600 has no unit; expected a number with a unit (us, ms, s, min, h, "
        "d), like '300 ms', '2 h'",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nstart: 2026-11-23",
        "2:8: start: expected a date and time with its offset, like "
        "'2026-01-05T00:00:00+08:00'; got '2026-11-23'",
    ),
    ("fcsim: 1", "fcsim: 1\nseed: 1.5", "2:7: seed: expected a whole number; got 1.5"),
    ("fcsim: 1", "fcsim: 1\nname: 12", "2:7: name: expected text; got 12 (put it in quotes)"),
    (
        "fcsim: 1",
        "fcsim: 1\nobjectives: [{a: b}]",
        "2:14: objectives.0: expected text; got a mapping",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nplatform: page",
        "2:11: platform: expected a mapping of keys; got 'page'",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nplatform: {preset: pge}",
        "2:20: platform.preset: no preset 'pge'; did you mean 'page'?",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nregistries: {r: {edition: enterprise-standart}}",
        "2:27: registries.r.edition: 'enterprise-standart' is not accepted; did you mean "
        "'enterprise-standard'?",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nassumptions: {cache.lifetim: 1 h}",
        "2:30: assumptions.cache.lifetim: unknown assumption 'cache.lifetim'; did you mean "
        "'cache.lifetime'?",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nassumptions: {dispatch.policy: newest}",
        "2:32: assumptions.dispatch.policy: 'newest' is not accepted; did you mean "
        "'newest_created'?",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nassumptions: {scaling.function_share: 120 %}",
        "2:39: assumptions.scaling.function_share: '120 %' is out of range; expected 0 to 100 %",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nassumptions: {start.create: {gamma: {mean: 1, cv: 1}}}",
        "2:15: assumptions.start.create: gamma.mean: 1 has no unit; expected a number with a "
        "unit (us, ms, s, min, h, d), like '300 ms', '2 h'",
    ),
    (
        "fcsim: 1",
        "fcsim: 1\nassumptions: {cache.lifetime: {value: 1 h, range: [2 h, 3 h]}}",
        "2:15: assumptions.cache.lifetime: range [2 h, 3 h] must run from low to high around "
        "the value",
    ),
    (
        "{shop: {compressed: 251 MB}}",
        "{shop: 251 MB}",
        "2:19: images.shop: expected a mapping of keys; got '251 MB'",
    ),
    (
        "{compressed: 251 MB}",
        "{layers: {os: 29}}",
        "2:33: images.shop.layers.os: 29 has no unit; expected a number with a unit (B, kB, "
        "MB, GB, TB, KiB, MiB, GiB, TiB, KB), like '251 MB', '1.2 GiB'",
    ),
    (
        "{compressed: 251 MB}",
        "{layers: {os: {uncompressed: 1 MB}}}",
        "2:29: images.shop.layers.os: 'compressed' is required",
    ),
    (
        "{compressed: 251 MB}",
        "{}",
        "2:13: images.shop: an image needs compressed, layers, from, catalogue or base",
    ),
    (
        "image: shop",
        "image: shop, instanceConcurency: 2",
        "3:37: functions.checkout.instanceConcurency: unknown key 'instanceConcurency'; did "
        "you mean 'instance_concurrency'?",
    ),
    (
        "image: shop",
        "image: shop, memory_size: 1 GB, memorySize: 1 GB",
        "3:56: functions.checkout.memorySize: 'memorySize' and 'memory_size' are the same "
        "key; give one",
    ),
    (
        "image: shop",
        "image: shop, cpu: 0",
        "3:42: functions.checkout.cpu: must be more than 0; got 0",
    ),
    (
        "image: shop",
        "image: shop, timeout: -3 s",
        "3:46: functions.checkout.timeout: must be more than 0; got '-3 s'",
    ),
    (
        "image: shop",
        "image: shop, custom_container_config: {port: 70000}",
        "3:69: functions.checkout.custom_container_config.port: must be at most 65535; got 70000",
    ),
    (
        "image: shop",
        "image: shp",
        "3:31: functions.checkout.image: no image 'shp'; did you mean 'shop'?",
    ),
    (
        "image: shop",
        "image: shop, pool: p",
        "3:43: functions.checkout.pool: no pool 'p' (pools is empty)",
    ),
    (
        "{exponential: 120 ms}",
        "{exponental: 120 ms}",
        "3:54: functions.checkout.service.time.exponental: expected a time distribution; got "
        "'exponental'; did you mean 'exponential'?",
    ),
    (
        "{exponential: 120 ms}",
        "120",
        "3:53: functions.checkout.service.time: 120 has no unit; expected a number with a "
        "unit (us, ms, s, min, h, d), like '300 ms', '2 h'",
    ),
    (
        "{exponential: 120 ms}",
        "{exponential: 120 ms, gamma: {mean: 1 s, cv: 1}}",
        "3:75: functions.checkout.service.time.gamma: give one of exponential, gamma",
    ),
    (
        "{exponential: 120 ms}",
        "{lognormal: {median: 2 s, p99: 1 s}}",
        "3:54: functions.checkout.service.time.lognormal: p99 must not be below the median",
    ),
    (
        "{exponential: 120 ms}",
        "{mixture: [{weight: 1, time: {gama: 1 s}}]}",
        "3:83: functions.checkout.service.time.mixture.0.time.gama: expected a time "
        "distribution; got 'gama'; did you mean 'gamma'?",
    ),
    (
        "{exponential: 120 ms}",
        "{by: {cpu: {0.5: 3}}}",
        "3:70: functions.checkout.service.time.by.cpu.0.5: 3 has no unit; expected a number "
        "with a unit (us, ms, s, min, h, d), like '300 ms', '2 h'",
    ),
    (
        "{poisson: 20/s}",
        "20/s",
        "4:52: workload.visits.arrivals: expected an arrival process; got '20/s'; accepted: "
        "bursts, constant, counts, diurnal, mmpp, poisson, renewal, steps, sum, trace",
    ),
    (
        "{poisson: 20/s}",
        "{steps: [{at: 0, rate: 1/s}, {at: 1 h}]}",
        "4:81: workload.visits.arrivals.steps.1: 'rate' is required",
    ),
    (
        "{poisson: 20/s}",
        "{diurnal: {low: 1/s, high: 2/s, peak: 25:00}}",
        "4:90: workload.visits.arrivals.diurnal.peak: expected a time of day like '14:00'; "
        "got '25:00'",
    ),
    (
        "{visits: {",
        "{my visits: {",
        "4:13: workload.my visits: 'my visits' is no name; accepted: letters, digits, '-' "
        "and '_', beginning with a letter or a digit",
    ),
    (
        "function: checkout",
        "function: chekout",
        "4:32: workload.visits.function: no function 'chekout'; did you mean 'checkout'?",
    ),
]


@pytest.mark.parametrize("old, new, expected", ONE_MISTAKE, ids=[m[2][:60] for m in ONE_MISTAKE])
def test_one_mistake(old, new, expected):
    assert problems(changed((old, new))) == [f"s.yaml:{expected}"]


def test_a_misspelt_required_key_is_missing_and_unknown():
    assert problems(changed(("image: shop", "imag: shop"))) == [
        "s.yaml:3:13: functions.checkout: 'image' is required",
        "s.yaml:3:24: functions.checkout.imag: unknown key 'imag'; did you mean 'image'?",
    ]


def test_without_images_no_image_exists():
    assert problems(changed(("{shop: {compressed: 251 MB}}", "{}"))) == [
        "s.yaml:2:1: images: needs at least 1 entry; got 0",
        "s.yaml:3:31: functions.checkout.image: no image 'shop' (images is empty)",
    ]


def test_all_mistakes_at_once_in_the_order_of_the_file():
    text = changed(
        ("fcsim: 1", "fcsim: 1\nseed: x"),
        ("251 MB", "251"),
        ("image: shop", "image: shp"),
        ("20/s", "20"),
        ("visits: {", "visits: {scal: 2, "),
    )
    assert [line.split(": ")[0] + " " + line.split(": ")[1] for line in problems(text)] == [
        "s.yaml:2:7 seed",
        "s.yaml:3:32 images.shop.compressed",
        "s.yaml:4:31 functions.checkout.image",
        "s.yaml:5:22 workload.visits.scal",
        "s.yaml:5:71 workload.visits.arrivals.poisson",
    ]


def test_a_mistake_in_the_defaults_is_reported_once_where_it_stands():
    text = changed(
        ("functions:", "function_defaults: {cpu: -1, memorySiz: 1 GB}\nfunctions:"),
        ("{checkout:", "{b: {image: shop, service: {time: 1 s}}, checkout:"),
    )
    assert problems(text) == [
        "s.yaml:3:26: function_defaults.cpu: must be more than 0; got -1",
        "s.yaml:3:30: function_defaults.memorySiz: unknown key 'memorySiz'; "
        "did you mean 'memory_size'?",
    ]


def test_long_values_are_cut_short():
    [line] = problems(changed(("251 MB", "x" * 500)))
    assert len(line) < 250
    assert "cannot read 'xxx" in line


# ── identity ──────────────────────────────────────────────────────────────────────────────────


def test_a_digest_does_not_depend_on_how_the_file_is_written():
    first = digest(load(write(FOUR_LINES)))
    other = changed(("251 MB", "0.251 GB # a comment"), ("120 ms", "0.12 s"), ("20/s", "1200/min"))
    other = other.replace("# a comment}}", "}}  # a comment").replace(
        "service:", "memorySize: 512 MB, service:"
    )
    assert digest(load(write("# x\nname: other\n" + other, "folder/b.yaml"))) == first
    assert digest(load(write(FOUR_LINES + "variants: {a: {horizon: 2 h}}\n"))) == first


@pytest.mark.parametrize(
    "pair", [("251 MB", "252 MB"), ("20/s", "21/s"), ("fcsim: 1", "fcsim: 1\nseed: 2"),
             ("fcsim: 1", "fcsim: 1\nassumptions: {cache.lifetime: 2 h}")]
)  # fmt: skip
def test_a_digest_depends_on_what_a_run_depends_on(pair):
    assert digest(load(write(changed(pair)))) != digest(load(write(FOUR_LINES)))


def test_the_order_of_layers_counts():
    one = changed(("compressed: 251 MB", "layers: {a: 1 MB, b: 2 MB}"))
    two = changed(("compressed: 251 MB", "layers: {b: 2 MB, a: 1 MB}"))
    assert digest(load(write(one))) != digest(load(write(two)))


def test_the_content_of_files_counts_and_their_place_does_not():
    text = changed(("{poisson: 20/s}", "{trace: {file: t.csv}}"))
    write("timestamp\n1\n", "t.csv")
    first = digest(load(write(text)))
    write("timestamp\n1\n", "folder/u.csv")
    moved = digest(load(write(text.replace("t.csv", "u.csv"), "folder/s.yaml")))
    write("timestamp\n2\n", "t.csv")
    assert moved == first
    assert digest(load(write(text))) != first


def test_a_file_behind_an_assumption_counts():
    text = FOUR_LINES + "assumptions: {server.start: {empirical: {file: q.csv}}}\n"
    write("1,0\n2,1\n", "q.csv")
    first = digest(load(write(text)))
    write("1,0\n3,1\n", "q.csv")
    assert digest(load(write(text))) != first
