"""References, limits and warnings: each with the source that decides."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from fcsim.errors import ScenarioError
from fcsim.scenario import check, load, warnings
from fcsim.scenario.draft import _DEFAULTED
from fcsim.scenario.images import Server
from fcsim.scenario.parameters import Parameters
from fcsim.scenario.shapes import CPU, GPUS, MEMORY, cards, gpu_memory

TABLE = (
    "limits.shapes, preset 'page': instance types page (2025-09): "
    "table of vCPU, memory, disk and GPU cards"
)
QUOTA = (
    "over 270 = 90 % of 300 instances (scaling.function_share, preset 'page': maximum on-demand "
    "instances page (2025-10): at most 90 % of the regional quota for one function, "
    "and for all together; "
    "scaling.instances, preset 'page': limits of usage (2026-04): instances per account and region)"
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def text(function="", image="compressed: 251 MB", workload="arrivals: {poisson: 1/s}", more=""):
    """Return a scenario whose function, image and workload have further keys."""
    service = "" if "service" in function else "service: {time: 1 s}, "
    return (
        f"fcsim: 1\nimages:\n  shop: {{{image}}}\nfunctions:\n"
        f"  f: {{image: shop, {service}{function}}}\nworkload:\n"
        f"  w: {{function: f, {workload}}}\n{more}"
    )


def read(*arguments, **parts):
    Path("s.yaml").write_text(text(*arguments, **parts), "utf-8")
    return load("s.yaml")


def problems(*arguments, **parts):
    with pytest.raises(ScenarioError) as caught:
        read(*arguments, **parts)
    return str(caught.value).splitlines()


def one(*arguments, **parts):
    [line] = problems(*arguments, **parts)
    return line


# ── names and files ───────────────────────────────────────────────────────────────────────────


def test_unknown_names():
    assert problems(
        "pool: blue",
        image="base: shp, registry: acr",
        more="registries: {arc: {}}\npools: {blau: {}}\n",
    ) == [
        "s.yaml:3:16: images.shop.base: no base 'shp'; did you mean 'shop'?",
        "s.yaml:3:31: images.shop.registry: no registry 'acr'; did you mean 'arc'?",
        "s.yaml:5:48: functions.f.pool: no pool 'blue'; did you mean 'blau'?",
    ]


@pytest.mark.parametrize(
    "images, line",
    [
        ("a: {base: a}", "s.yaml:2:20: images.a.base: images are each other's base: a → a"),
        (
            "a: {base: b}, b: {base: c}, c: {base: b}",
            "s.yaml:2:48: images.c.base: images are each other's base: b → c → b",
        ),
    ],
)
def test_images_that_are_each_others_base(images, line):
    Path("s.yaml").write_text(
        f"fcsim: 1\nimages: {{{images}}}\nfunctions: {{f: {{image: a, service: {{time: 1 s}}}}}}\n"
        "workload: {w: {function: f, arrivals: {poisson: 1/s}}}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load("s.yaml")
    assert str(caught.value) == line


@pytest.mark.parametrize(
    "parts, path",
    [
        ({"workload": "arrivals: {trace: {file: x.csv}}"}, "7:45: workload.w.arrivals.trace.file"),
        (
            {"workload": "arrivals: {counts: {file: x.csv}}"},
            "7:46: workload.w.arrivals.counts.file",
        ),
        ({"image": "from: x.csv"}, "3:16: images.shop.from"),
        ({"image": "catalogue: {file: x.csv, repo: r}"}, "3:28: images.shop.catalogue.file"),
        (
            {"function": "service: {time: {empirical: {file: x.csv}}}"},
            "5:55: functions.f.service.time.empirical.file",
        ),
        (
            {"more": "assumptions: {server.start: {empirical: {file: x.csv}}}\n"},
            "8:15: assumptions.server.start.value.empirical.file",
        ),
    ],
)  # fmt: skip
def test_a_missing_file_is_named_with_where_it_was_sought(parts, path):
    assert one(**parts) == f"s.yaml:{path}: file 'x.csv' is missing; looked for x.csv"


def test_a_missing_file_is_sought_beside_the_scenario():
    Path("folder").mkdir()
    Path("folder/s.yaml").write_text(text(workload="arrivals: {trace: {file: data/t.csv}}"))
    with pytest.raises(ScenarioError, match=r"looked for folder/data/t\.csv"):
        load("folder/s.yaml")


def test_copies_need_rows_or_keys():
    for arrivals in ("poisson: 1/s", "trace: {file: s.yaml, row_key: x}"):
        line = one(workload=f"one_function_per: row, arrivals: {{{arrivals}}}")
        assert line == "s.yaml:7:38: workload.w.one_function_per: 'row' needs counts arrivals"
    line = one(workload="one_function_per: key, arrivals: {trace: {file: s.yaml}}")
    assert line == (
        "s.yaml:7:38: workload.w.one_function_per: 'key' needs trace arrivals with row_key"
    )
    assert read(workload="one_function_per: key, arrivals: {trace: {file: s.yaml, row_key: x}}")


def test_times_by_shape_must_have_the_functions_shape():
    assert one("cpu: 0.5, service: {time: {by: {cpu: {1: 1 s, 0.25: 3 s}}}}") == (
        "s.yaml:5:40: functions.f.service.time: by: has no time for cpu 0.5 of function 'f'; "
        "it has 1, 0.25"
    )
    assert one("service: {time: {by: {gpu_type: {fc.gpu.tesla.1: 1 s}}}}") == (
        "s.yaml:5:30: functions.f.service.time: by: has no time for gpu_config none of "
        "function 'f'; it has fc.gpu.tesla.1"
    )


def test_a_pool_must_have_the_functions_cards():
    pools = "pools: {gpus: {gpu_type: fc.gpu.tesla.1}}\n"
    assert one("pool: gpus", more=pools) == (
        "s.yaml:5:48: functions.f.pool: pool 'gpus' has fc.gpu.tesla.1, not no GPU"
    )
    assert read("pool: gpus, gpu_config: {gpu_type: fc.gpu.tesla.1}", more=pools)


# ── registries ────────────────────────────────────────────────────────────────────────────────


def test_economy_is_refused_with_the_reason():
    assert one(more="registries: {r: {edition: economy}}\n") == (
        "s.yaml:8:27: registries.r.edition: edition economy does not support image acceleration "
        "and is not compatible with Function Compute (platform page, Image repository); "
        "accepted: personal, enterprise-basic, enterprise-standard, enterprise-premium"
    )


def test_advanced_is_another_name_of_premium():
    scenario = read(more="registries: {r: {edition: enterprise-advanced}}\n")
    assert scenario.registries["r"].edition == "enterprise-premium"


FOREIGN_ACCOUNT = (
    "the registry belongs to account 'them', the functions to 'main'; across accounts only "
    "public images of a personal edition can be read (platform page, Image access)"
)
FOREIGN_REGION = (
    "the registry is in cn-beijing, the functions are in cn-hangzhou; images are read in one "
    "region only, public ones too (platform page, Image access)"
)


@pytest.mark.parametrize(
    "registry, messages",
    [
        ("account: them", {FOREIGN_ACCOUNT}),
        ("account: them, edition: personal", {FOREIGN_ACCOUNT}),
        ("account: them, public: true", {FOREIGN_ACCOUNT}),
        ("account: them, edition: personal, public: true", set()),
        ("region: cn-beijing", {FOREIGN_REGION}),
        ("region: cn-beijing, edition: personal, public: true", {FOREIGN_REGION}),
        ("region: cn-beijing, account: them", {FOREIGN_REGION, FOREIGN_ACCOUNT}),
        ("region: cn-hangzhou, account: main", set()),
    ],
)
def test_access_rules(registry, messages):
    more = f"registries: {{r: {{{registry}}}}}\n"
    lines = problems(more=more) if messages else []
    assert {line.split(": ", 2)[2] for line in lines} == messages
    if not messages:
        assert read(more=more)


# ── images ────────────────────────────────────────────────────────────────────────────────────


def test_an_image_over_the_limit_quotes_both_sources():
    assert one(image="compressed: 5 GB") == (
        "s.yaml:5:14: functions.f.image: image 'shop' is too large: 5 GB compressed, 12.5 GB "
        "uncompressed (by image.compression_ratio 2.5); accepted: 10 GB (limits.image_size_cpu, "
        "preset 'page': platform page, Image size limit: 10 GB for CPU instances). Sources "
        "conflict on which size counts, and limits.image_size_counts decides: uncompressed here "
        "(limits.image_size_counts, preset 'page': platform page: 'maximum uncompressed image "
        "size'; the quota pages and the Chinese original limit the image before decompression "
        "(compressed)); compressed, at most 10 GB, in preset 'fc-2026-04' (limits of usage "
        "(2026-04-01): image size before decompression)"
    )


GPU = "cpu: 8, memory_size: 32 GB, gpu_config: {gpu_type: fc.gpu.tesla.1}"


@pytest.mark.parametrize(
    "function, image, preset, fits",
    [
        ("", "compressed: 4 GB", "page", True),
        ("", "compressed: 4.1 GB", "page", False),
        ("", "compressed: 9 GB, uncompressed: 10 GB", "page", True),
        ("", "compressed: 9 GB, uncompressed: 10.1 GB", "page", False),
        ("", "compressed: 10 GB", "fc-2026-04", True),
        ("", "compressed: 10.1 GB, uncompressed: 10.1 GB", "fc-2026-04", False),
        (GPU, "compressed: 6 GB", "page", True),
        (GPU, "compressed: 6.1 GB", "page", False),
        (GPU, "compressed: 30 GB", "fc-2026-04", True),
        (GPU, "compressed: 30.1 GB", "fc-2026-04", False),
        (GPU, "compressed: 15.1 GB", "fc-2025-12", False),
        ("", "compressed: 100 GB", "ideal", True),
    ],
)
def test_image_sizes_by_preset(function, image, preset, fits):
    more = f"platform: {{preset: {preset}}}\n"
    if fits:
        assert read(function, image=image, more=more)
    else:
        assert "image 'shop' is too large" in one(function, image=image, more=more)


def test_a_gpu_image_quotes_the_newer_limit():
    line = one(GPU, image="compressed: 7 GB")
    assert "accepted: 15 GB (limits.image_size_gpu, preset 'page': platform page" in line
    assert line.endswith(
        "compressed, at most 30 GB, in preset 'fc-2026-04' (limits of usage (2026-04-01): GPU "
        "image 30 GB before decompression; limits of usage (2026-04-01): image size before "
        "decompression)"
    )


def test_one_key_decides_which_size_counts():
    more = "assumptions: {limits.image_size_counts: {value: compressed, source: our quota}}\n"
    assert read(image="compressed: 9 GB", more=more)
    line = one(image="compressed: 11 GB", more=more)
    assert "compressed here (limits.image_size_counts, set in assumptions (our quota))" in line


def test_only_amd64_runs():
    assert read(image="compressed: 1 GB, architecture: linux/amd64")
    assert one(image="compressed: 1 GB, architecture: arm64") == (
        "s.yaml:3:42: images.shop.architecture: 'arm64' does not run; accepted: amd64 "
        "(limits.architecture, preset 'page': platform page, Image architecture limit)"
    )


def test_a_command_serves_one_request():
    assert one("instance_concurrency: 4", image="compressed: 1 GB, interactive: false") == (
        "s.yaml:5:64: functions.f.instance_concurrency: 4 requests at once need an HTTP server; "
        "image 'shop' is not interactive and runs its command once for each invocation: "
        "accepted is 1"
    )


# ── shapes ────────────────────────────────────────────────────────────────────────────────────

SHAPES = [
    (
        "cpu: 0.33, memory_size: 512 MB",
        "5:47: functions.f.cpu: 0.33 vCPU is not offered; accepted: 0.05 to 16 in steps of 0.05",
    ),
    (
        "cpu: 16.05, memory_size: 32 GB",
        "5:47: functions.f.cpu: 16.05 vCPU is not offered; accepted: 0.05 to 16 in steps of 0.05",
    ),
    (
        "cpu: 1, memory_size: 1000 MB",
        "5:63: functions.f.memory_size: 1,000 MB is not offered; accepted: 128 to 32,768 MB "
        "in steps of 64",
    ),
    (
        "cpu: 1, memory_size: 33 GB",
        "5:63: functions.f.memory_size: 33,792 MB is not offered; accepted: 128 to 32,768 MB "
        "in steps of 64",
    ),
    (
        "disk_size: 1 GB",
        "5:53: functions.f.disk_size: 1,024 MB is not offered; accepted: 512 or 10,240 MB",
    ),
    (
        "cpu: 1, memory_size: 512 MB",
        "5:63: functions.f.memory_size: cpu 1 with memory_size 512 MB is 0.5 GB for a vCPU; "
        "accepted: 1 to 4 GB, that is cpu 0.15 to 0.5 with this memory, or memory_size 1024 "
        "to 4096 MB with this cpu",
    ),
    (
        "cpu: 8, memory_size: 32 GB, gpu_config: {gpu_type: fc.gpu.tsla.1}",
        "5:93: functions.f.gpu_config.gpu_type: unknown gpu_type 'fc.gpu.tsla.1'; did you "
        "mean 'fc.gpu.tesla.1'?",
    ),
    (
        "cpu: 8, memory_size: 32 GB, gpu_config: {gpu_type: fc.gpu.ampere.1}",
        "5:93: functions.f.gpu_config.gpu_type: fc.gpu.ampere.1 (A10) is not in the current "
        "table; accepted: fc.gpu.tesla.1, fc.gpu.ada.1, fc.gpu.ada.2, fc.gpu.ada.3, "
        "fc.gpu.hopper.1, fc.gpu.xpu.1, or limits.shapes: legacy_slices",
    ),
    (
        "cpu: 2, memory_size: 8 GB, gpu_config: {gpu_type: fc.gpu.tesla.1, gpu_memory_size: 4 GB}",
        "5:125: functions.f.gpu_config.gpu_memory_size: 4,096 MB is not offered; accepted: "
        "multiples of 16,384 MB, one T4 card",
    ),
    (
        "cpu: 4, memory_size: 32 GB, gpu_config: {gpu_type: fc.gpu.ada.2}",
        "5:47: functions.f.cpu: 4 vCPU is not offered beside 1 card of Ada (fc.gpu.ada.2); "
        "accepted: 8 or 16",
    ),
    (
        "cpu: 8, memory_size: 32 GB, gpu_config: {gpu_type: fc.gpu.ada.3}",
        "5:63: functions.f.memory_size: 32,768 MB is not offered beside 1 card of Ada "
        "(fc.gpu.ada.3); accepted: 65,536 or 98,304 MB",
    ),
    (
        "cpu: 8, memory_size: 64 GB, gpu_config: {gpu_type: fc.gpu.ada.2, gpu_memory_size: 48 GB}",
        "5:47: functions.f.cpu: 8 vCPU is not offered beside 2 cards of Ada (fc.gpu.ada.2); "
        "accepted: 16 or 32",
    ),
]


@pytest.mark.parametrize("function, line", SHAPES)
def test_shapes_that_do_not_exist(function, line):
    assert one(function) == f"s.yaml:{line} ({TABLE})"


@pytest.mark.parametrize(
    "function",
    [
        "cpu: 0.05, memory_size: 128 MB",
        "cpu: 16, memory_size: 32 GB",
        "cpu: 0.3, memory_size: 1216 MB, disk_size: 10 GB",
        "cpu: 0.05, memory_size: 32 GB, gpu_config: {gpu_type: fc.gpu.tesla.1}",
        "cpu: 16, memory_size: 64 GB, gpu_config: {gpu_type: fc.gpu.tesla.1, "
        "gpu_memory_size: 32 GB}",
        "cpu: 4, memory_size: 96 GB, gpu_config: {gpu_type: fc.gpu.ada.1}",
        "cpu: 32, memory_size: 192 GB, gpu_config: {gpu_type: fc.gpu.xpu.1, "
        "gpu_memory_size: 192 GB}",
    ],
)  # fmt: skip
def test_shapes_that_exist(function):
    assert read(function)


def test_parts_of_a_card_in_an_older_preset():
    older = "platform: {preset: fc-2024-08}\n"
    slice_4 = "gpu_config: {gpu_type: fc.gpu.tesla.1, gpu_memory_size: 4 GB}"
    assert read(f"cpu: 2, memory_size: 8 GB, {slice_4}", more=older)
    line = one(f"cpu: 2.05, memory_size: 8 GB, {slice_4}", more=older)
    assert "2.05 vCPU is not offered beside 0.25 card of T4 (fc.gpu.tesla.1); accepted: " in line
    a10 = "gpu_config: {gpu_type: fc.gpu.ampere.1, gpu_memory_size: 17408 MB}"
    assert read(f"cpu: 5, memory_size: 10240 MB, {a10}", more=older)
    line = one("cpu: 2, memory_size: 8 GB, gpu_config: {gpu_type: fc.gpu.tesla.1, "
               "gpu_memory_size: 1.5 GB}", more=older)  # fmt: skip
    assert "or 1,024 to 16,384 MB in steps of 1,024" in line


def test_a_default_that_does_not_fit_is_named():
    line = one("memory_size: 2 GB")
    assert line.startswith("s.yaml:5:55: functions.f.memory_size: cpu 0.35 with memory_size 2,048")
    assert line.endswith("(cpu not given: the preset's default)")


def test_the_keys_with_a_default_are_the_presets():
    names = {name for name in Parameters.resolve("page", "") if name.startswith("function.")}
    assert {f"function.{key}" for (key,) in _DEFAULTED} == names


def test_cards():
    scenario = read("cpu: 16, memory_size: 64 GB, gpu_config: {gpu_type: fc.gpu.tesla.1, "
                    "gpu_memory_size: 32 GB}")  # fmt: skip
    config = scenario.functions["f"].gpu_config
    assert (cards(config), gpu_memory(config)) == (2.0, 32 * 1024**3)
    assert all(gpu.source for gpu in GPUS.values())
    assert CPU.holds(0.15)
    assert not MEMORY.holds(64.0 * 1024**2)


# ── counts and times ──────────────────────────────────────────────────────────────────────────

LIMITS = [
    (
        "timeout: 86401 s",
        "5:51: functions.f.timeout: 86401 s is over 24 h (limits.timeout, preset 'page': limits "
        "of usage (2026-04): function timeout 1 to 86,400 s)",
    ),
    (
        "instance_concurrency: 201",
        "5:64: functions.f.instance_concurrency: 201 is over 200 "
        "(limits.instance_concurrency, preset 'page': Serverless Devs fc3 schema and "
        "concurrency page (2026-06): 1 to 200)",
    ),
    (
        "instance_lifecycle_config: {initializer: {time: 1 s, timeout: 301 s}}",
        "5:104: functions.f.instance_lifecycle_config.initializer.timeout: 5.02 min is over "
        "5 min (limits.initializer, preset 'page': limits of usage (2026-04): Initializer at "
        "most 300 s)",
    ),
    (
        "instance_lifecycle_config: {pre_stop: {time: 1 s, timeout: 91 s}}",
        "5:101: functions.f.instance_lifecycle_config.pre_stop.timeout: 91 s is over 90 s "
        "(limits.pre_stop, preset 'page': limits of usage (2026-04): PreStop at most 90 s)",
    ),
    (
        "scaling_config: {min_instances: 10001}",
        "5:74: functions.f.scaling_config.min_instances: 10001 is over 10,000 "
        "(limits.min_instances, preset 'page': Terraform provider, fcv3_provision_config "
        "(2026): target 0 to 10,000)",
    ),
    (
        "scaling_config: {min_instances: 5, max_instances: 4}",
        "5:74: functions.f.scaling_config.min_instances: 5 is over max_instances 4",
    ),
]


@pytest.mark.parametrize("function, line", LIMITS)
def test_limits(function, line):
    assert one(function) == f"s.yaml:{line}"


def test_share_of_the_quota():
    assert read("scaling_config: {max_instances: 270}")
    assert one("scaling_config: {max_instances: 271}") == (
        f"s.yaml:5:74: functions.f.scaling_config.max_instances: 271 is {QUOTA}"
    )
    assert read("scaling_config: {max_instances: 271}", more="platform: {preset: ideal}\n")
    more = "assumptions: {scaling.instances: {value: 1000, source: quota centre}}\n"
    assert read("scaling_config: {max_instances: 900}", more=more)
    assert "scaling.instances, set in assumptions (quota centre)" in one(
        "scaling_config: {max_instances: 901}", more=more
    )


def test_reservations_add_up():
    both = text("concurrency_config: {reserved_concurrency: 200}").replace(
        "workload:",
        "  g: {image: shop, service: {time: 1 s}, concurrency_config: {reserved_concurrency: 71}}\n"
        "workload:",
    )
    Path("s.yaml").write_text(both)
    with pytest.raises(ScenarioError) as caught:
        load("s.yaml")
    assert str(caught.value) == (
        "s.yaml:6:85: functions.g.concurrency_config.reserved_concurrency: "
        f"reservations add up to 271 (f 200, g 71), {QUOTA}"
    )


def test_maxima_add_up():
    def pair(first, second):
        other = f"  g: {{image: shop, service: {{time: 1 s}}, scaling_config: {second}}}\nworkload:"
        Path("s.yaml").write_text(text(f"scaling_config: {first}").replace("workload:", other))
        return "s.yaml"

    assert load(pair("{max_instances: 200}", "{max_instances: 70}"))
    assert load(pair("{max_instances: 270}", "{min_instances: 1}"))  # without one: the quota alone
    with pytest.raises(ScenarioError) as caught:
        load(pair("{max_instances: 200}", "{max_instances: 71}"))
    assert str(caught.value) == (
        "s.yaml:6:74: functions.g.scaling_config.max_instances: maxima add up to 271 "
        f"(f 200, g 71), {QUOTA}"
    )


def test_windows():
    assert one(more="horizon: 1 h\nwarm_up: 1 h\n") == (
        "s.yaml:9:10: warm_up: 60 min is not shorter than the horizon 60 min"
    )
    assert one(workload="arrivals: {poisson: 1/s}, start: 2 min, end: 2 min") == (
        "s.yaml:7:65: workload.w.end: must be after start (2 min)"
    )


def test_checks_of_a_scenario_that_was_not_loaded_from_a_file():
    scenario = read()
    assert check(scenario) == []
    slow = scenario.functions["f"].model_copy(update={"timeout": 1e6, "image": "shp"})
    changed = scenario.model_copy(update={"functions": {"f": slow}})
    assert [str(problem).split(";")[0].split(" (")[0] for problem in check(changed)] == [
        "functions.f.image: no image 'shp'",
        "functions.f.timeout: 11.6 d is over 24 h",
    ]


# ── warnings ──────────────────────────────────────────────────────────────────────────────────


def test_nothing_odd():
    assert warnings(read()) == []


def test_a_server_that_hangs_up_early():
    assert warnings(read(image="compressed: 1 GB, server: {keep_alive: 5 min}")) == [
        "images.shop.server.keep_alive: 5 min is below 15 min (limits.server_keep_alive, preset "
        "'page': platform page: request timeout of 15 minutes or longer); a longer request ends "
        "in 502"
    ]
    for keep_alive in ("0", "15 min"):
        image = f"compressed: 1 GB, server: {{keep_alive: {keep_alive}}}"
        assert warnings(read(image=image)) == []


def test_sharing_that_costs_nothing():
    assert warnings(read("instance_concurrency: 4")) == [
        "functions.f.instance_concurrency: 4 requests share an instance, but service.vcpu and "
        "service.memory do not say what one needs: sharing is free"
    ]
    assert warnings(read("instance_concurrency: 4, service: {time: 1 s, vcpu: 0.1}")) == []


def test_sharing_that_may_run_out_of_memory():
    assert warnings(read("instance_concurrency: 6, service: {time: 1 s, memory: 100 MB}")) == [
        "functions.f.instance_concurrency: 6 requests of 100 MB need more than memory_size "
        "512 MB: the instance can run out of memory"
    ]
    assert warnings(read("instance_concurrency: 5, service: {time: 1 s, memory: 100 MB}")) == []


def test_minimum_instances_beyond_the_quota():
    assert warnings(read("scaling_config: {min_instances: 301}")) == [
        "functions: min_instances add up to 301, over the quota of 300 (scaling.instances, preset "
        "'page': limits of usage (2026-04): instances per account and region)"
    ]


def test_a_region_that_the_preset_does_not_know():
    assert warnings(read(more="platform: {region: cn-hangzou}\n")) == [
        "platform.region: preset 'page' has no values of its own for 'cn-hangzou' and takes those "
        "of other regions; it knows ap-northeast-1, ap-southeast-1, cn-beijing, cn-hangzhou, "
        "cn-shanghai, cn-shenzhen, cn-zhangjiakou, eu-central-1, us-east-1, us-west-1"
    ]


@pytest.mark.parametrize(
    "listen, port, reached",
    [
        ("0.0.0.0", None, True), ("0.0.0.0:9000", None, True), ("*:9000", None, True),
        ("[::]", None, True), ("[::]:9000", None, True), ("0.0.0.0", 9000, True),
        ("0.0.0.0:8080", None, False), ("*", 8080, False), ("127.0.0.1", None, False),
        ("127.0.0.1:9000", 9000, False), ("localhost", None, False), ("[::1]:9000", None, False),
    ],
)  # fmt: skip
def test_where_the_platform_reaches_a_server(listen, port, reached):
    assert Server(listen=listen, port=port).serves(9000) is reached


@pytest.mark.parametrize("server", [{"listen": "0.0.0.0:"}, {"listen": "everywhere"},
                                    {"listen": "*:80", "port": 81}])  # fmt: skip
def test_a_listening_address_is_host_or_host_and_port(server):
    with pytest.raises(ValidationError):
        Server.model_validate(server)


SMALL = {
    "fcsim": 1,
    "images": {"i": {"compressed": "1 MB"}},
    "functions": {"f": {"image": "i", "service": {"time": "1 s"}}},
    "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
}


@pytest.mark.parametrize(
    "change, message",
    [
        ({"assumptions": {"pull.parallel_layers": 0}},
         "assumptions.pull.parallel_layers: 0 is out of range; expected a whole number from 1"),
        ({"assumptions": {"pool.cpu.hosts": 2.5}},
         "assumptions.pool.cpu.hosts: 2.5 is out of range; expected a whole number from 1"),
        ({"assumptions": {"image.compression_ratio": 0}},
         "assumptions.image.compression_ratio: 0 is out of range; expected at least 1"),
        ({"registries": {"a": {}, "b": {}}},
         "images.i.registry: one of several registries must be named: a, b"),
        ({"functions": {"f": {"image": "i", "timeout": "500 ms", "service": {"time": "1 s"}}}},
         "functions.f.timeout: 500 ms is below 1 s (limits.timeout, preset 'page': limits of usage "
         "(2026-04): function timeout 1 to 86,400 s)"),
    ],
)  # fmt: skip
def test_values_that_make_no_sense(change, message):
    with pytest.raises(ScenarioError) as caught:
        load({**SMALL, **change})
    assert str(caught.value) == message


def test_objectives_are_said_not_to_be_judged():
    scenario = load({**SMALL, "objectives": ["latency.p99 <= 2 s"]})
    assert any(warning.startswith("objectives: not judged") for warning in warnings(scenario))
