"""s.yaml to scenario: every kind of published file, templates, sizes, presets, refusals."""

from pathlib import Path

import pytest
import serverless_devs_files as files
import serverless_devs_scenarios as expected

import fcsim
from fcsim.errors import ScenarioError, UsageError
from fcsim.importers.configuration_files import import_configuration
from fcsim.importers.saving import save, yaml_text
from fcsim.importers.wishes import Given, Wishes

KINDS = [name for name in vars(files) if name.isupper()]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def imported(tmp_path):
    def run(text, wishes=None, **more):
        (tmp_path / "s.yaml").write_text(text, "utf-8")
        return import_configuration(Path("s.yaml"), wishes, **more)

    return run


@pytest.fixture
def refused(imported):
    """Return the lines that the import of a text ends with."""

    def run(text, wishes=None, **more):
        with pytest.raises((ScenarioError, UsageError)) as caught:
            imported(text, wishes, **more)
        return str(caught.value)

    return run


def remarks(one, kind):
    return {remark.where: remark.text for remark in one.remarks if remark.kind == kind}


def wishes(**options):
    given = {name: Given(f"--{name[:-1]}", value) for name, value in options.items()}
    return Wishes(**given)


def function(props, resources=""):
    lines = "".join(f"      {line}\n" for line in props.splitlines())
    return (
        "edition: 3.0.0\nname: one\nresources:\n  api:\n    component: fc3\n    props:\n"
        "      region: cn-hangzhou\n      functionName: api\n      runtime: custom-container\n"
        f"{lines}{resources}"
    )


IMAGE = "customContainerConfig: {image: registry.cn-hangzhou.aliyuncs.com/a/api:1}"


# ── files of all kinds ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_the_scenario_of_each_kind_of_file(kind, imported):
    one = imported(getattr(files, kind))
    assert yaml_text(one.document) == getattr(expected, kind)
    told = "".join(f"{remark.kind}: {remark.where}\n" for remark in one.remarks)
    assert told == getattr(expected, f"{kind}_REMARKS")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_loads(kind, imported, tmp_path):
    (path,) = save(imported(getattr(files, kind)), tmp_path / "out.yaml")
    assert fcsim.load(path).workload.keys() == fcsim.load(path).functions.keys()


@pytest.mark.parametrize("kind, name", [("CPU", "checkout-dev"), ("GPU", "sketch")])
def test_an_imported_scenario_runs(kind, name, imported):
    document = imported(getattr(files, kind)).document
    result = fcsim.run(fcsim.load(document, overrides={"horizon": "60 s"}))
    assert result.kpi(f"functions.{name}.requests.completed") > 30


def test_values_that_are_not_modelled_are_listed_with_their_values(imported):
    listed = remarks(imported(files.COMPLETE), "not modelled")
    assert listed["resources.all.props.tags"] == '[{"key": "team", "value": "shop"}]'


def policies(kind, entry):
    return function(f"cpu: 1\nmemorySize: 1024\n{IMAGE}\nprovisionConfig:\n  {kind}: [{entry}]")


def test_older_names_of_policies_are_read(imported):
    entry = "{name: a, metricType: ProvisionedConcurrencyUtilization, metricTarget: '0.5', "
    entry += "minCapacity: 2, maxCapacity: 8, startTime: ''}"
    document = imported(policies("targetTrackingPolicies", entry)).document
    (policy,) = document["functions"]["api"]["scaling_config"]["horizontal_scaling_policies"]
    assert policy == {
        "name": "a", "metric_type": "ProvisionedConcurrencyUtilization", "metric_target": 0.5,
        "min_instances": 2, "max_instances": 8,
    }  # fmt: skip


def test_a_policy_that_the_platform_does_not_know(refused):
    assert "unknown key 'when'" in refused(policies("scheduledActions", "{name: a, when: x}"))
    assert "has 5 fields; accepted are six" in refused(
        policies("scheduledActions", "{name: a, target: 1, scheduleExpression: cron(0 0 1 1 1)}")
    )


def test_what_a_tracked_request_uses_is_assumed(imported):
    entry = "{name: a, metricType: GPUMemUtilization, metricTarget: 0.5, maxCapacity: 8}"
    one = imported(
        function(
            f"cpu: 8\nmemorySize: 32768\ninstanceConcurrency: 4\n{IMAGE}\n"
            "gpuConfig: {gpuType: fc.gpu.tesla.1, gpuMemorySize: 16384}\n"
            f"provisionConfig: {{targetTrackingPolicies: [{entry}]}}"
        )
    )
    assert one.document["functions"]["api"]["service"]["gpu_memory"] == "4096 MB"
    assert "functions.api.service.gpu_memory" in remarks(one, "assumed")


def test_what_may_be_secret_is_not_repeated(imported):
    listed = remarks(imported(files.COMPLETE), "not modelled")
    at = "resources.all.props."
    assert listed[f"{at}environmentVariables"] == '{"TOKEN": "…", "LEVEL": "…"}'
    assert "hunter2" not in "".join(listed.values())


def test_every_key_of_a_file_is_used_or_told(imported):
    one = imported(files.COMPLETE)
    told = " ".join(f"{remark.where} {remark.text}" for remark in one.remarks)
    text = yaml_text(one.document)
    for value in ("hunter2", "abc", "debug"):
        assert value not in told + text
    for value in ("GET", "vsw-1", "/mnt/a", "/mnt/b", "pool-1", "make", "cri-1", "asyncTask"):
        assert value in told
    for value in ("8080", "4096", "10240", "120 s", "run.sh", "100", "3600 s", "lost"):
        assert value in text


# ── templates ─────────────────────────────────────────────────────────────────────────────────


def test_variables_fill_in_templates(imported):
    values = {"region": "cn-shenzhen", "functionName": "web", "tag": "9", "application": "x"}
    one = imported(files.PLACEHOLDERS, variables=values)
    assert one.document["platform"]["region"] == "cn-shenzhen"
    assert list(one.document["functions"]) == ["start-web"]
    assert one.document["registries"]["personal"]["region"] == "cn-shenzhen"
    assert remarks(one, "unresolved") == {}


def test_a_template_without_a_value_is_told_with_its_line(imported):
    told = remarks(imported(files.FC_CPU), "unresolved")
    assert told["services.tensors.props.function.customContainerConfig.image"] == (
        "line 17: {FC_DEMO_IMAGE} has no value (what it sets stays at its default); "
        "--var FC_DEMO_IMAGE=VALUE gives it one"
    )


def test_the_environment_is_read_only_when_asked_for(imported, monkeypatch):
    monkeypatch.setenv("STAGE", "live")
    assert list(imported(files.CPU).document["functions"]) == ["checkout-dev"]
    assert list(imported(files.CPU, environment=True).document["functions"]) == ["checkout-live"]
    one = imported(files.CPU, environment=True, variables={"STAGE": "test"})
    assert list(one.document["functions"]) == ["checkout-test"]


@pytest.mark.parametrize(
    "template, value",
    [
        ("${env('CPU', '2')}", 2),
        ("${env(CPU, 2)}", 2),
        ('${env("CPU")}', None),
        ("${vars.size}", 4),
        ("${vars.again}", 4),
        ("${vars.loop}", None),
        ("${vars.nothing}", None),
        ("${resources.other.props.cpu}", 1.5),
        ("${this.props.spare}", 3),
        ("${resources.other.output.cpu}", None),
        ("${config('AccountID')}", None),
        ("{{ cpu }}", None),
        ("{CPU}", None),
    ],
)
def test_where_templates_have_their_values_from(template, value, imported):
    text = function(
        f"cpu: {template}\nmemorySize: 4096\nspare: 3\n{IMAGE}\n",
        "  other:\n    component: fc3\n    props: {cpu: 1.5, runtime: nodejs20}\n"
        "vars: {size: 4, again: '${vars.size}', loop: '${vars.pool}', pool: '${vars.loop}'}\n",
    )
    one = imported(text)
    assert len(remarks(one, "unresolved")) == (value is None)
    assert ("functions.api.cpu" in remarks(one, "assumed")) == (value is None)
    assert one.document["functions"]["api"]["cpu"] == (value or 2.0)


def test_sizes_whose_templates_have_no_value(imported):
    text = function(f"cpu: 3\nmemorySize: {{{{ memory }}}}\n{IMAGE}")
    assert imported(text).document["functions"]["api"]["memory_size"] == "6144 MB"
    text = files.FC_T4.replace("g1", "{{ gpu }}").replace("16384", "{{ gpuMemory }}")
    one = imported(text)
    assert one.document["functions"]["chat"]["gpu_config"] == {"gpu_type": "fc.gpu.tesla.1"}
    at = "services.chat.props.function.instanceType"
    assert {at} <= set(remarks(one, "assumed")) & set(remarks(one, "unresolved"))
    text = files.FC_SLICES.replace("        cpu: 2\n", "")
    assert imported(text).document["functions"]["label"]["cpu"] == 2  # a quarter of a T4's 8
    text = files.FC_CPU.replace("caPort: 8501", "instanceType: '{{ kind }}'")
    assert "gpu_config" not in imported(text).document["functions"]["tensors"]


@pytest.mark.parametrize(
    "component, dialect",
    [
        ("fc3", True),
        ("fc3@0.1", True),
        ("devsapp/fc3@dev", True),
        ("${path('../../')}", True),
        ("${env('COMPONENT', path('../../'))}", True),
        ("./build", True),
        ("fc3-domain", False),
        ("oss", False),
    ],
)
def test_which_components_are_functions(component, dialect, imported, refused):
    text = function(IMAGE).replace("component: fc3", f'component: "{component}"')
    if dialect:
        assert list(imported(text).document["functions"]) == ["api"]
    else:
        assert f"resources.api: component {component}" in refused(text)


def test_early_files_have_the_function_in_a_block_of_its_own(imported, refused):
    text = function(f"cpu: 1\nmemorySize: 2048\nhandler: h\n{IMAGE}\ntimeout: 30")
    start, keys = text.split("      region: cn-hangzhou\n")
    keys = "".join(f"  {line}\n" for line in keys.splitlines())
    early = f"{start}      region: cn-hangzhou\n      triggers: [web]\n      function:\n{keys}"
    one = imported(early)
    assert one.document == imported(text).document
    assert remarks(one, "not modelled") == {
        "resources.api.props.function.handler": "h",
        "resources.api.props.triggers": '["web"]',
    }
    assert refused(early.replace("30", "0")) == (
        "s.yaml:16:18: resources.api.props.function.timeout: must be more than 0; got '0 s'"
    )


def test_a_path_is_what_it_names(imported):
    one = imported(function(f"code: ${{path('./src')}}\n{IMAGE}\n"))
    assert remarks(one, "not modelled")["resources.api.props.code"] == "./src"


def test_a_variable_that_nothing_asks_for_is_told(imported):
    one = imported(function(IMAGE), variables={"sise": "4"})
    assert remarks(one, "note") == {"--var sise": "no template asks for it"}


# ── what the file does not hold ───────────────────────────────────────────────────────────────


def test_rates_and_times_for_all_or_for_one(imported):
    one = imported(
        files.FC_CPU,
        wishes(rates={"": "5/s", "spring": "60/min"}, services={"tensors": {"constant": "8 ms"}}),
    )
    work, functions = one.document["workload"], one.document["functions"]
    assert work["tensors"]["arrivals"] == {"poisson": "5/s"}
    assert work["spring"]["arrivals"] == {"poisson": "60/min"}
    assert functions["tensors"]["service"] == {"time": {"constant": "8 ms"}}
    assumed = remarks(one, "assumed")
    assert "functions.spring.service.time" in assumed
    assert {"workload.spring.arrivals", "functions.tensors.service.time"}.isdisjoint(assumed)


@pytest.mark.parametrize(
    "name", ["checkout", "checkout-dev", "registry-vpc.cn-shanghai.aliyuncs.com/shop/checkout:1.4"]
)
def test_the_size_of_an_image_by_any_of_its_names(name, imported):
    one = imported(files.CPU, wishes(images={name: "1.2GB"}))
    assert one.document["images"]["checkout"] == {"registry": "personal", "compressed": "1.2GB"}
    assert "images.checkout" not in remarks(one, "assumed")


def test_layers_of_an_image_from_its_manifest(imported, tmp_path):
    (tmp_path / "m.json").write_text('{"layers": [{"digest": "sha256:a", "size": 9}]}')
    one = imported(files.CPU, wishes(images={"checkout": "m.json"}))
    assert one.document["images"]["checkout"] == {
        "registry": "personal",
        "layers": {"layer-1": {"compressed": "9 B", "digest": "sha256:a"}},
    }


def test_the_time_of_an_initializer(imported):
    hook = imported(files.A10, Wishes(initializer="45 s")).document["functions"]["faces"]
    assert hook["instance_lifecycle_config"]["initializer"] == {"time": "45 s", "timeout": "300 s"}


def test_an_assumed_hook_is_never_longer_than_its_limit(imported):
    props = f"instanceLifecycleConfig: {{initializer: {{handler: h, timeout: 0.5}}}}\n{IMAGE}"
    hook = imported(function(props)).document["functions"]["api"]["instance_lifecycle_config"]
    assert hook == {"initializer": {"time": "0.5 s", "timeout": "0.5 s"}}


def test_an_assumed_service_time_is_at_most_a_tenth_of_the_time_out(imported):
    one = imported(files.GPU.replace("timeout: 600", "timeout: 5"))
    assert one.document["functions"]["sketch"]["service"] == {"time": {"exponential": "500 ms"}}


def test_only_the_functions_that_are_wanted(imported):
    one = imported(files.FC_SLICES, Wishes(functions=("label",)))
    assert list(one.document["functions"]) == ["label"]
    assert list(one.document["images"]) == ["label"]


def test_several_cards(imported):
    text = files.GPU.replace("49152", "98304").replace("cpu: 8", "cpu: 16")
    text = text.replace("65536", "131072")
    gpu = imported(text).document["functions"]["sketch"]["gpu_config"]
    assert gpu == {"gpu_type": "fc.gpu.ada.1", "gpu_memory_size": "98304 MB"}


def test_equal_addresses_are_one_image_and_equal_names_are_not(imported):
    other = "registry.cn-hangzhou.aliyuncs.com/b/api:2"
    more = "".join(
        f"  {name}:\n    component: fc3\n    props: {{region: cn-hangzhou, functionName: {name}, "
        f"runtime: custom-container, customContainerConfig: {{image: '{address}'}}}}\n"
        for name, address in (("two", IMAGE.split("image: ")[1][:-1]), ("three", other))
    )
    document = imported(function(IMAGE, more)).document
    assert {name: f["image"] for name, f in document["functions"].items()} == {
        "api": "api",
        "two": "api",
        "three": "api-2",
    }
    assert list(document["registries"]) == ["personal"]


# ── refusals ──────────────────────────────────────────────────────────────────────────────────


def test_a_value_beyond_a_limit_has_its_place_and_source(refused):
    assert refused(function(f"timeout: 90000\n{IMAGE}")) == (
        "s.yaml:10:16: resources.api.props.timeout: 25 h is over 24 h (limits.timeout, preset "
        "'page': limits of usage (2026-04): function timeout 1 to 86,400 s)"
    )


def test_all_mistakes_are_told_at_once(refused):
    told = refused(function(f"cpu: much\nmemorySize: [1]\ntimeout: true\n{IMAGE}"))
    assert told.splitlines() == [
        "s.yaml:10:12: resources.api.props.cpu: expected a number; got 'much'",
        "s.yaml:11:19: resources.api.props.memorySize: expected a number; got a list",
        "s.yaml:12:16: resources.api.props.timeout: expected a number; got true",
    ]


def test_the_preset_that_accepts_a_file_is_told_with_the_reason(imported):
    one = imported(files.A10)
    assert one.document["platform"]["preset"] == "fc-2024-08"
    reason = remarks(one, "assumed")["platform.preset"]
    assert reason.startswith(
        "fc-2024-08, because the default page refuses resources.faces.props.gpuConfig.gpuType: "
    )
    assert "instance types page (2025-09)" in reason


def test_a_preset_that_is_asked_for_is_not_replaced(refused):
    told = refused(files.A10, Wishes(preset="page"))
    assert told.startswith("s.yaml:14:18: resources.faces.props.gpuConfig.gpuType: fc.gpu.ampere.1")


def test_a_limit_of_the_account_can_be_assumed(imported, refused):
    text = function(f"diskSize: 61440\n{IMAGE}")
    assert "61,440 MB is not offered" in refused(text)
    one = imported(text, Wishes(assumptions={"limits.shapes": "none"}))
    assert one.document["assumptions"] == {"limits.shapes": "none"}
    assert one.document["functions"]["api"]["disk_size"] == "61440 MB"
    assert refused(text, Wishes(assumptions={"limit.shapes": "none"})).startswith("--assume: ")


def test_an_image_that_only_a_later_preset_accepts(imported):
    one = imported(files.GPU, wishes(images={"sketch": "12GB"}))
    assert one.document["platform"]["preset"] == "fc-2026-04"
    assert "too large" in remarks(one, "assumed")["platform.preset"]


@pytest.mark.parametrize(
    "options, told",
    [
        ({"rates": {"": "5"}}, "--rate api: '5' has no unit; expected a number with a unit"),
        ({"rates": {"apis": "5/s"}}, "--rate apis: no such name; did you mean 'api'?"),
        ({"services": {"": "fast"}}, "--service api: "),
        ({"images": {"api": "huge"}}, "'huge' is neither a size like 12GB nor a file"),
        ({"images": {"web": "1GB"}}, "--image web: no such name"),
    ],
)
def test_options_that_fit_nothing(options, told, refused):
    assert refused(function(IMAGE), wishes(**options)).startswith(told)


@pytest.mark.parametrize(
    "text, told",
    [
        ("", "s.yaml: the file is empty"),
        (" \n", "s.yaml: the file is empty"),
        ("a: 1\n", "s.yaml: neither a Serverless Devs file"),
        ("- 1\n", "s.yaml: neither a Serverless Devs file"),
        ("{}", "s.yaml: neither a Serverless Devs file"),
        ("edition: 3.0.0\n", "s.yaml: no container-image function was found"),
        ("resources: [1]\n", "s.yaml:1:12: resources: expected a mapping of resources by name"),
        ("resources: {a: 1}\n", "s.yaml:1:16: resources.a: expected a mapping with component"),
        ("resources:\n  a: {b: 1\n", "s.yaml:3:1: not valid YAML"),
        ("resources: 1\nresources: 2\n", "s.yaml:2:1: resources: key 'resources' is given twice"),
        ("resources: {a: {component: fc3, props: {runtime: go1}}}", "s.yaml: no container-image"),
        ('{"a": 1, "a": 2}', "s.yaml: is not JSON: key 'a' is given twice"),
        ('{"a": NaN}', "s.yaml: is not JSON: NaN is no JSON number"),
        ('{"a": "\\ud800"}', "s.yaml: is not JSON: its text is not UTF-8"),
        ('{"a": ' + "[" * 5000, "s.yaml"),
        ('{"a": ' + "[" * 70 + "]" * 70 + "}", "s.yaml: nested deeper than 60 levels"),
        ("{" + '"a": ' + "9" * 5000 + "}", "s.yaml: is not JSON"),
    ],
)
def test_files_that_are_no_deployment(text, told, refused):
    assert refused(text).startswith(told)


def test_functions_in_several_regions_need_a_choice(refused, imported):
    text = files.FC_CPU.replace("region: cn-hangzhou", "region: cn-beijing", 1)
    told = refused(text)
    assert told.startswith("s.yaml: functions are in several regions (tensors in cn-beijing, ")
    assert "--function NAME" in told
    assert imported(text, Wishes(functions=("spring",))).document["platform"]["region"] == (
        "cn-hangzhou"
    )


def test_an_image_in_another_region_is_refused_with_the_source(refused):
    told = refused(function(IMAGE.replace("hangzhou", "beijing")))
    assert told.startswith("s.yaml:10:")
    assert "read in one region only" in told


def test_a_function_without_an_image_is_refused(refused):
    told = refused(function("cpu: 1\n"))
    assert "resources.api.props.customContainerConfig.image: a container function needs" in told


# ── hostile files ─────────────────────────────────────────────────────────────────────────────


def test_binary_files(tmp_path):
    for content in (b"\x00\xff\xfe" * 100, b"\x89PNG\r\n\x1a\n", b"{\xff\xff", b"\xef\xbb\xbf"):
        (tmp_path / "s.yaml").write_bytes(content)
        with pytest.raises(ScenarioError) as caught:
            import_configuration(Path("s.yaml"))
        assert caught.value.problems[0].file == "s.yaml"


def test_aliases_do_not_explode(refused):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    told = refused("\n".join([*lines, "resources: {}"]))
    assert "more than 200,000 values" in told


def test_templates_do_not_explode(refused):
    chain = "".join(f"  v{i}: ${{vars.v{i + 1}}}${{vars.v{i + 1}}}\n" for i in range(60))
    told = refused(function(f"cpu: ${{vars.v0}}\n{IMAGE}", f"vars:\n{chain}"))
    assert "its templates expand" in told


@pytest.mark.parametrize(
    "value", ["1e400", "-1", "0", ".nan", ".inf", "9" * 200, "1e-400", "1e308"]
)
def test_huge_and_senseless_numbers(value, refused):
    assert "resources.api.props.memorySize" in refused(function(f"memorySize: {value}\n{IMAGE}"))
    older = files.FC_CPU.replace("3072", value)
    assert "services.tensors.props.function.memorySize" in refused(older)
