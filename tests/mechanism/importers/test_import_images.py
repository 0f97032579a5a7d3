"""Image files to an images: block: every tool's output, platforms, shared layers."""

import json
from pathlib import Path

import pytest

from fcsim import load
from fcsim.errors import ScenarioError, UsageError
from fcsim.importers.image_files import read_images
from fcsim.importers.image_sharing import Shared, image_block, named_images, sharing
from fcsim.scenario.content import image_layers

AMD64 = {"os": "linux", "architecture": "amd64"}
ARM64 = {"os": "linux", "architecture": "arm64"}
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
A, B, C = ("sha256:" + letter * 64 for letter in "abc")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def layer(digest, size, kind=GZIP):
    return {"mediaType": kind, "digest": digest, "size": size}


def manifest(*layers):
    return {"schemaVersion": 2, "config": {"size": 1}, "layers": list(layers)}


def write(name, content):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(json.dumps(content))
    return name


def layout(folder, images, blobs=()):
    """Write an OCI layout whose index lists *images*, pairs of digest and platform."""
    entries = [
        {"digest": digest, **({"platform": platform} if platform else {})}
        for digest, platform in images
    ]
    write(f"{folder}/index.json", {"manifests": entries})
    for digest, content in dict(blobs).items():
        write(f"{folder}/blobs/{digest.replace(':', '/')}", content)
    return folder


def rows(image):
    return [(one.digest, one.compressed) for one in image.layers]


def read(name):
    (image,) = read_images(Path(name))
    return image


def fault(name):
    with pytest.raises(ScenarioError) as caught:
        read_images(Path(name))
    return str(caught.value)


# ── what tools print ──────────────────────────────────────────────────────────────────────────


def test_manifests_of_registry_tools():
    image = read(write("web.json", manifest(layer(A, 30), layer(B, 12))))
    assert (image.name, rows(image), image.compressed) == ("web", [(A, 30.0), (B, 12.0)], 42.0)
    assert image.uncompressed != image.uncompressed  # a manifest does not know


def test_docker_manifest_inspect_verbose_names_the_image_and_its_platforms():
    def entry(platform, digest):
        found = {"digest": digest, "platform": platform}
        return {
            "Ref": "docker.io/library/redis:7@sha256:1",
            "Descriptor": found,
            "OCIManifest": manifest(layer(digest, 9)),
        }

    image = read(write("m.json", [entry(ARM64, A), entry(AMD64, B)]))
    assert (image.name, rows(image)) == ("redis", [(B, 9.0)])


def test_docker_image_inspect_knows_the_size_on_disk():
    inspected = {
        "RepoTags": ["registry.cn-hangzhou.aliyuncs.com/a/web:3"],
        "Architecture": "amd64",
        "Os": "linux",
        "Size": 500_000_000,
        "RootFS": {"Type": "layers", "Layers": [A, B]},
    }
    other = {**inspected, "RepoTags": [], "Size": 250}
    web, unnamed = read_images(Path(write("local.json", [inspected, other])))
    assert (web.name, web.uncompressed, unnamed.name) == ("web", 5e8, "local")
    assert web.keys() == {"compressed": "200000000 B", "uncompressed": "500000000 B"}
    assert web.assumption == (
        "200 MB compressed, its 500 MB on disk by image.compression_ratio 2.5: "
        "docker image inspect does not know it"
    )


def test_skopeo_inspect():
    told = {
        "Name": "registry.cn-hangzhou.aliyuncs.com/a/web",
        "Architecture": "amd64",
        "Os": "linux",
        "LayersData": [{"MIMEType": GZIP, "Digest": A, "Size": 7}],
    }
    image = read(write("s.json", told))
    assert (image.name, rows(image)) == ("web", [(A, 7.0)])
    assert fault(write("s.json", {**told, "Architecture": "arm64"})) == (
        "s.json: has no linux/amd64 image; it lists linux/arm64"
    )


@pytest.mark.parametrize("named", ["web", "web/index.json"])
def test_an_oci_layout(named):
    layout("web", [(C, AMD64), (A, ARM64)], {C: manifest(layer(A, 5), layer(B, 6))})
    image = read(named)
    assert (image.name, rows(image)) == ("web", [(A, 5.0), (B, 6.0)])


def test_an_oci_layout_with_an_index_inside():
    layout("web", [(A, None)], {A: {"manifests": [{"digest": B, "platform": AMD64}]}})
    write(f"web/blobs/{B.replace(':', '/')}", manifest(layer(C, 5)))
    assert rows(read("web")) == [(C, 5.0)]


def test_a_scenario_reads_an_oci_layout_by_its_index():
    layout("build/web", [(C, AMD64)], {C: manifest(layer(A, 5), layer(B, 6))})
    scenario = load(
        {
            "fcsim": 1,
            "images": {"web": {"from": "build/web/index.json"}},
            "functions": {"f": {"image": "web", "service": {"time": "1 s"}}},
            "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
        }
    )
    layers = image_layers(scenario, "web", 2.0)
    assert [(one.digest, one.uncompressed) for one in layers] == [(A, 10.0), (B, 12.0)]


# ── what cannot be read ───────────────────────────────────────────────────────────────────────


def test_an_index_alone_says_what_to_run():
    index = {"manifests": [{"digest": A, "platform": AMD64}, {"digest": B, "platform": ARM64}]}
    assert fault(write("i.json", index)) == (
        f"i.json: is an index of several platforms that only points to {A}; "
        "save the manifests themselves: docker manifest inspect -v NAME"
    )
    assert fault(write("i.json", {"manifests": index["manifests"][1:]})) == (
        "i.json: has no linux/amd64 image; it lists linux/arm64"
    )


@pytest.mark.parametrize(
    "images, blobs, told",
    [
        ([(A, ARM64)], {}, "has no linux/amd64 image; it lists linux/arm64"),
        ([(A, AMD64)], {B: 1}, f"does not hold {A}; copy the image again, for linux/amd64"),
        ([("../x", AMD64)], {B: 1}, "names '../x', which is no digest"),
        ([(A, AMD64), (B, AMD64)], {C: 1}, "holds 2 images for linux/amd64; copy one to a folder"),
        ([(A, AMD64)], {A: {"manifests": [{"digest": A}]}}, "has indexes that point to each other"),
        ([(A, AMD64)], {A: [1]}, "is no image manifest: expected a JSON object or a list of them"),
        (
            [(A, None)],
            {A: {"config": {"digest": B}, "layers": []}, B: {**ARM64}},
            "has no linux/amd64 image; it lists linux/arm64",
        ),
    ],
)
def test_layouts_without_an_image_to_run(images, blobs, told):
    assert fault(layout("web", images, blobs)) == f"web: {told}"


def test_folders_and_files_that_are_no_images():
    Path("empty").mkdir()
    assert fault("empty") == "empty: is a folder without index.json, so no OCI image layout"
    assert fault("absent.json") == "absent.json: cannot be read: No such file or directory"
    Path("binary").write_bytes(b"\x89PNG\xff")
    assert fault("binary") == "binary: is not JSON"
    inspected = {"RootFS": {}, "Size": "big"}
    assert fault(write("x.json", [inspected])) == "x.json: has no Size in bytes"


# ── several images ────────────────────────────────────────────────────────────────────────────


def test_what_images_share():
    write("api.json", manifest(layer(A, 30), layer(B, 12)))
    write("web.json", manifest(layer(A, 30), layer(C, 5, "x.tar")))
    images = named_images(["api.json", "front=web.json"])
    api, web = sharing(images)
    assert (api.name, api.layers, api.compressed, api.shared_layers, api.shared) == (
        "api", 2, 42.0, 1, 30.0,
    )  # fmt: skip
    assert (web.name, web.compressed, web.shared) == ("front", 35.0, 30.0)


def test_nothing_is_shared_with_oneself():
    write("one.json", manifest(layer(A, 3, "x.tar"), layer(A, 3, "x.tar")))
    assert sharing(named_images(["one.json"])) == [Shared("one", 1, 3.0, 3.0, 0, 0.0)]


def test_the_block_is_part_of_a_scenario():
    write("api.json", manifest(layer(A, 30), layer(B, 12, "x.tar")))
    block, remarks = image_block(named_images(["api.json"]))
    assert block == {
        "images": {
            "api": {
                "layers": {
                    "layer-1": {"compressed": "30 B", "digest": A},
                    "layer-2": {"compressed": "12 B", "uncompressed": "12 B", "digest": B},
                }
            }
        }
    }
    assert remarks == []
    scenario = load(
        {
            "fcsim": 1,
            **block,
            "functions": {"f": {"image": "api", "service": {"time": "1 s"}}},
            "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
        }
    )
    assert sum(one.compressed for one in image_layers(scenario, "api", 2.0)) == 42


def test_names_must_differ():
    write("a/web.json", manifest(layer(A, 1)))
    write("b/web.json", manifest(layer(B, 1)))
    with pytest.raises(UsageError, match=r"b/web\.json: a second image 'web'; give it a name"):
        named_images(["a/web.json", "b/web.json"])
    assert list(named_images(["a/web.json", "web2=b/web.json"])) == ["web", "web2"]
