"""Whatever a platform's file holds, an import gives a scenario that loads, or one clear error."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fcsim import load
from fcsim.errors import ScenarioError, UsageError
from fcsim.importers.configuration_files import import_configuration
from fcsim.importers.image_sharing import image_block, named_images, sharing
from fcsim.importers.imported import Imported
from fcsim.importers.keys import KEYS, MOUNTS, RUNTIME
from fcsim.importers.saving import scenario_text, yaml_text
from fcsim.scenario.yaml12 import parse

sys.path.append(str(Path(__file__).parents[1] / "mechanism" / "importers"))
import serverless_devs_files as files

TEXTS = [getattr(files, name) for name in vars(files) if name.isupper()]
TEMPLATES = ("${vars.region}", "${env('X')}", "{{ x }}", "{X}", "${this.props}", "${", "{{")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([*TEMPLATES, "", "0", "1e3", "custom-container", "fc.gpu.tesla.1", "g1"]),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.one_of(
        st.lists(inside, max_size=3), st.dictionaries(st.text("abc.X{}$", max_size=4), inside)
    ),
    max_leaves=6,
)
LIMITS = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def file(tmp_path):
    return tmp_path / "s.yaml"


def check(path):
    """Import *path*: a scenario that loads as it would be written, or a clear error."""
    try:
        imported = import_configuration(path, variables={"x": "1"})
    except (ScenarioError, UsageError):
        return
    written = scenario_text(imported)
    assert parse(written).data == json.loads(json.dumps(imported.document))
    load(imported.document)


def paths(data, prefix=()):
    """Yield the path of each value in nested *data*."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*prefix, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*prefix, key))


def put(data, path, value):
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value


@LIMITS
@given(st.data())
def test_a_wrong_value_at_any_key(file, data):
    text = data.draw(st.sampled_from([text for text in TEXTS if "{{" not in text]))
    document = parse(text.replace("{FC_DEMO_IMAGE}", "'{X}'")).data
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(paths(document))))
        put(document, path, data.draw(VALUES))
    file.write_text(yaml_text(document), "utf-8")
    check(file)


@LIMITS
@given(st.data())
def test_mangled_text(file, data):
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        size = data.draw(st.integers(0, 30))
        text = text[:at] + data.draw(st.text(max_size=5)) + text[at + size :]
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    check(file)


@LIMITS
@given(st.binary(max_size=60))
def test_any_bytes(file, content):
    file.write_bytes(content)
    check(file)


# ── Terraform ─────────────────────────────────────────────────────────────────────────────────

_ATTRIBUTES = sorted(
    {path for key in (*KEYS, MOUNTS, RUNTIME) for path in key.terraform if "alicloud" not in path}
)
KINDS = ("function", "provision_config", "concurrency_config", "async_invoke_config")


@st.composite
def terraform_resources(draw):
    values = {"function_name": "f", "runtime": "custom-container"}
    values["custom_container_config"] = [{"image": "a/b:1"}]
    for path in draw(st.lists(st.sampled_from(_ATTRIBUTES), max_size=5)):
        first, *rest = path.split(".")
        value = draw(VALUES)
        for key in reversed(rest):
            value = [{key: value}]
        values[first] = value
    kind = draw(st.sampled_from(KINDS))
    values |= {"target": draw(VALUES), "reserved_concurrency": draw(VALUES)}
    return {"type": f"alicloud_fcv3_{kind}", "name": "x", "address": "x", "values": values}


@LIMITS
@given(
    st.lists(st.one_of(terraform_resources(), VALUES), max_size=3),
    st.sampled_from(["values", "planned_values"]),
    VALUES,
)
def test_any_terraform_document(file, resources, block, changes):
    document = {
        "format_version": "1.0",
        "terraform_version": "1.9",
        block: {"root_module": {"resources": resources, "child_modules": changes}},
        "resource_changes": [{"address": "x", "change": {"after_unknown": changes}}],
    }
    file.write_text(json.dumps(document), "utf-8")
    check(file)


# ── images ────────────────────────────────────────────────────────────────────────────────────

MANIFEST = {
    "mediaType": "m",
    "config": {"digest": "sha256:c", "size": 1},
    "layers": [{"mediaType": "a.tar", "digest": "sha256:a", "size": 5}],
    "RootFS": {"Layers": ["sha256:a"]},
    "Size": 7,
    "RepoTags": ["a:1"],
    "Architecture": "amd64",
    "Os": "linux",
    "manifests": [{"digest": "sha256:d", "platform": {"os": "linux", "architecture": "amd64"}}],
    "LayersData": [{"MIMEType": "x", "Digest": "sha256:a", "Size": 4}],
    "Descriptor": {"platform": {"os": "linux", "architecture": "amd64"}},
    "SchemaV2Manifest": {"layers": [{"digest": "sha256:a", "size": 5}]},
    "Ref": "docker.io/library/a:1",
}


@LIMITS
@given(st.data())
def test_any_image_file(file, data):
    kept = data.draw(st.sets(st.sampled_from(sorted(MANIFEST)), min_size=1))
    document = json.loads(json.dumps({key: MANIFEST[key] for key in kept}))
    if data.draw(st.booleans()):
        put(document, data.draw(st.sampled_from(list(paths(document)))), data.draw(VALUES))
    file.write_text(json.dumps([document] if data.draw(st.booleans()) else document), "utf-8")
    try:
        images = named_images([str(file)])
    except (ScenarioError, UsageError):
        return
    block, remarks = image_block(images)
    assert parse(scenario_text(Imported(block, remarks))).data == block
    assert len(sharing(images)) == len(images) == 1
