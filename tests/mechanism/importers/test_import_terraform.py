"""terraform show -json to scenario: states, plans, modules, joined configurations."""

import json
from pathlib import Path

import pytest

from fcsim import load
from fcsim.errors import ScenarioError
from fcsim.importers.configuration_files import import_configuration, import_terraform
from fcsim.importers.saving import yaml_text

FUNCTION = {
    "function_name": "api",
    "function_arn": "acs:fc:cn-shanghai:1234:functions/api",
    "function_id": "f-1",
    "state": "Active",
    "runtime": "custom-container",
    "handler": "index.handler",
    "cpu": 2,
    "memory_size": 4096,
    "disk_size": 512,
    "timeout": 60,
    "instance_concurrency": 20,
    "gpu_config": [],
    "layers": [],
    "role": "",
    "custom_container_config": [
        {
            "image": "registry-vpc.cn-shanghai.aliyuncs.com/shop/api:3",
            "port": 8080,
            "command": ["serve"],
            "entrypoint": None,
            "resolved_image_uri": "registry-vpc.cn-shanghai.aliyuncs.com/shop/api@sha256:1",
            "health_check_config": [{"http_get_url": "/ready", "period_seconds": 5}],
        }
    ],
    "instance_lifecycle_config": [
        {
            "initializer": [{"handler": "index.init", "timeout": 30}],
            "pre_stop": [{"handler": "", "timeout": 0}],
        }
    ],
    "environment_variables": {"KEY": "value"},
}
SCENARIO = """\
fcsim: 1
name: plan
horizon: 1 h
platform: {preset: page, region: cn-shanghai}
registries:
  personal: {edition: personal, endpoint: vpc, region: cn-shanghai}
images:
  api: {registry: personal, compressed: 250 MB}
functions:
  api:
    image: api
    cpu: 2
    memory_size: 4096 MB
    disk_size: 512 MB
    timeout: 60 s
    instance_concurrency: 20
    custom_container_config:
      port: 8080
      command: [serve]
      health_check_config: {period_seconds: 5, http_get_url: /ready}
    instance_lifecycle_config:
      initializer: {time: 1 s, timeout: 30 s}
    scaling_config: {min_instances: 3}
    concurrency_config: {reserved_concurrency: 40}
    async_invoke_config: {max_async_retry_attempts: 1}
    service:
      time: {exponential: 100 ms}
workload:
  api:
    function: api
    arrivals: {poisson: 1/s}
"""


def resource(kind, values, name="this", module=""):
    kind = f"alicloud_fcv3_{kind}"
    address = f"{module}{kind}.{name}"
    return {"address": address, "mode": "managed", "type": kind, "name": name, "values": values}


def joined(function="api"):
    return [
        resource("provision_config", {"function_name": function, "target": 3, "current": 3}),
        resource("concurrency_config", {"function_name": function, "reserved_concurrency": 40}),
        resource("async_invoke_config", {"function_name": function, "max_async_retry_attempts": 1}),
    ]


def test_policies_of_a_provision_config(imported):
    policy = {
        "name": "noon", "target": 9, "schedule_expression": "cron(0 0 12 * * *)",
        "start_time": "2026-11-01T00:00:00Z", "end_time": None, "time_zone": "",
    }  # fmt: skip
    provision = {"function_name": "api", "target": 3, "scheduled_actions": [policy]}
    document = imported(
        state(resource("function", FUNCTION), resource("provision_config", provision))
    ).document
    assert document["functions"]["api"]["scaling_config"] == {
        "min_instances": 3,
        "scheduled_policies": [
            {"name": "noon", "target": 9, "schedule_expression": "cron(0 0 12 * * *)",
             "start_time": "2026-11-01T00:00:00Z"}
        ],
    }  # fmt: skip


def state(*resources, modules=(), block="values", **more):
    root = {"resources": list(resources), "child_modules": list(modules)}
    return {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        block: {"root_module": root},
    } | more


@pytest.fixture
def imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(document, importer=import_configuration):
        Path("plan.json").write_text(json.dumps(document))
        return importer(Path("plan.json"))

    return run


def remarks(one, kind):
    return {remark.where: remark.text for remark in one.remarks if remark.kind == kind}


@pytest.mark.parametrize("importer", [import_configuration, import_terraform])
@pytest.mark.parametrize("block", ["values", "planned_values"])
def test_a_function_with_its_configurations(importer, block, imported):
    one = imported(state(resource("function", FUNCTION), *joined(), block=block), importer)
    assert yaml_text(one.document) == SCENARIO
    load(one.document)


def test_what_is_not_modelled_is_listed_and_state_is_not(imported):
    at = "alicloud_fcv3_function.this."
    one = imported(state(resource("function", FUNCTION), *joined()))
    assert remarks(one, "not modelled") == {
        f"{at}handler": "index.handler",
        f"{at}environment_variables": '{"KEY": "…"}',
    }


def test_functions_of_child_modules(imported):
    child = {"resources": [resource("function", {**FUNCTION, "function_name": "b"}, "b", "m.n.")]}
    modules = [{"resources": [], "child_modules": [child]}]
    one = imported(state(resource("function", FUNCTION), *joined("b"), modules=modules))
    functions = one.document["functions"]
    assert list(functions) == ["api", "b"]
    assert functions["b"]["scaling_config"] == {"min_instances": 3}
    assert "scaling_config" not in functions["api"]


def test_other_resources_and_lost_configurations_are_told(imported):
    queue = {"address": "alicloud_mns_queue.q", "type": "alicloud_mns_queue", "values": {}}
    data = {"address": "data.x.y", "mode": "data", "type": "x", "values": {}}
    provision = resource("provision_config", {"function_name": "gone", "target": 9}, "late")
    one = imported(state(resource("function", FUNCTION), queue, data, provision))
    told = remarks(one, "not modelled")
    assert told["alicloud_mns_queue.q"] == "a resource of type alicloud_mns_queue"
    assert told["alicloud_fcv3_provision_config.late"] == (
        'for no function here: {"function_name": "gone", "target": 9}'
    )
    assert "data.x.y" not in told


def test_what_a_plan_knows_only_after_apply_is_unresolved(imported):
    function = {key: value for key, value in FUNCTION.items() if key != "function_arn"}
    function["custom_container_config"] = [{"port": 8080}]
    del function["cpu"], function["memory_size"]
    unknown = {"cpu": True, "memory_size": True, "custom_container_config": [{"image": True}]}
    change = {"address": "alicloud_fcv3_function.this", "change": {"after_unknown": unknown}}
    provider = {"alicloud": {"expressions": {"region": {"references": ["var.region"]}}}}
    one = imported(
        state(
            resource("function", function),
            block="planned_values",
            resource_changes=[change],
            variables={"region": {"value": "cn-beijing"}},
            configuration={"provider_config": provider},
        )
    )
    at = "alicloud_fcv3_function.this."
    assert list(remarks(one, "unresolved")) == [
        f"{at}custom_container_config.image",
        f"{at}cpu",
        f"{at}memory_size",
    ]
    assert one.document["platform"]["region"] == "cn-beijing"
    assert one.document["images"] == {"api": {"registry": "registry", "compressed": "250 MB"}}


def test_mistakes_have_the_address_of_the_resource(imported):
    with pytest.raises(ScenarioError) as caught:
        imported(state(resource("function", {**FUNCTION, "timeout": 0.5, "memory_size": 64})))
    assert [str(problem).split(": ")[:2] for problem in caught.value.problems] == [
        ["plan.json", "alicloud_fcv3_function.this.timeout"],
        ["plan.json", "alicloud_fcv3_function.this.memory_size"],
    ]


@pytest.mark.parametrize(
    "document, told",
    [
        ({"a": 1}, "plan.json: not the output of terraform show -json"),
        (state(), "plan.json: no container-image function was found"),
        (state(block="other"), "plan.json: no container-image function was found"),
        ([], "plan.json: not the output of terraform show -json"),
    ],
)
def test_documents_without_a_function(document, told, imported):
    with pytest.raises(ScenarioError) as caught:
        imported(document, import_terraform)
    assert str(caught.value).startswith(told)
