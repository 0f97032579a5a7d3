"""The editor schema and the reference page follow the models; imports stay light."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from fcsim.scenario import json_schema
from fcsim.scenario.reference import page
from fcsim.scenario.walk import ROOT
from fcsim.scenario.yaml12 import parse


def nodes(schema):
    yield schema
    for value in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(value, dict | list):
            yield from nodes(value)


def test_references_lead_somewhere_and_stand_alone():
    schema = json_schema()
    for node in nodes(schema):
        if isinstance(node, dict) and "$ref" in node:
            assert list(node) == ["$ref"]
            assert node["$ref"].removeprefix("#/definitions/") in schema["definitions"]


def test_nothing_newer_than_draft_7():
    text = json.dumps(json_schema())
    assert json_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    for newer in ("$defs", "prefixItems", "unevaluated", "dependentRequired"):
        assert newer not in text


def test_the_schema_says_what_a_scenario_needs():
    schema = json_schema()
    assert schema["required"] == ["fcsim", "images", "functions", "workload"]
    assert schema["definitions"]["Function"]["required"] == ["image", "service"]
    assert "required" not in schema["definitions"]["FunctionDefaults"]
    assert schema["properties"].keys() == ROOT.fields.keys()
    horizon = schema["properties"]["horizon"]
    assert horizon["type"] == ["string", "number"]
    assert horizon["default"] == "3600 s"
    assert "like '300 ms', '2 h'" in horizon["description"]
    [time] = [one for one in schema["definitions"]["Service"]["properties"]["time"]["oneOf"]
              if "anyOf" in one]  # fmt: skip
    assert time["anyOf"][1]["type"] == ["string", "number"]


def test_the_schema_is_the_same_each_time():
    assert json.dumps(json_schema()) == json.dumps(json_schema())


def test_shipped_scenarios_fit_the_schema(root):
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.Draft7Validator.check_schema(json_schema())
    validator = jsonschema.Draft7Validator(json_schema())
    files = sorted((root / "scenarios").rglob("*.yaml"))
    assert files
    for file in files:
        assert [e.message for e in validator.iter_errors(parse(file.read_bytes()).data)] == []


def test_the_schema_finds_mistakes():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = jsonschema.Draft7Validator(json_schema())
    wrong = {"fcsim": 2, "images": {"a b": {"compresed": "1 MB"}}, "functions": {"f": {}}}
    messages = " ".join(error.message for error in validator.iter_errors(wrong))
    for part in ("1 was expected", "'a b'", "'image' is a required", "'workload' is a required"):
        assert part in messages


def test_the_reference_page_is_up_to_date(root):
    written = (root / "docs" / "scenario-file.md").read_text("utf-8")
    assert written == page(), "run: python -m fcsim.scenario.reference > docs/scenario-file.md"


def test_every_key_of_the_reference_page_has_a_meaning():
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) > 150
    assert [row for row in rows if row.endswith("|  |")] == []


def test_importing_the_scenario_package_is_quick():
    code = (
        "import sys, fcsim.scenario;"
        "print(sorted({'pydantic', 'yaml', 'numpy'} & set(sys.modules)));"
        "fcsim.scenario.json_schema(); fcsim.scenario.load;"
        "print(sorted({'numpy', 'pandas', 'scipy', 'matplotlib', 'simpy'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["[]", "[]"]


def test_names_are_not_hidden_by_modules():
    import fcsim.scenario as package

    for name in package.__all__:
        assert getattr(package, name) is getattr(package, name)
        assert type(getattr(package, name)).__name__ != "module"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing
