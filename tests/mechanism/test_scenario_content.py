"""Images to layers: sizes, shared bases, manifests, catalogues."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from fcsim.errors import ScenarioError
from fcsim.scenario import load
from fcsim.scenario.content import ContentError, ImageLayer, catalogue_images, image_layers
from fcsim.scenario.manifest import manifest_layers

GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def scenario(images):
    Path("s.yaml").write_text(
        f"fcsim: 1\nimages:\n{images}"
        "functions: {f: {image: shop, service: {time: 1 s}}}\n"
        "workload: {w: {function: f, arrivals: {poisson: 1/s}}}\n"
    )
    return load("s.yaml")


def rows(layers):
    return [(layer.digest, layer.compressed, layer.uncompressed) for layer in layers]


def manifest(content):
    Path("m.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return rows(manifest_layers(Path("m.json"), 2.0))


def fault(content):
    with pytest.raises(ContentError) as caught:
        manifest(content)
    return str(caught.value)


def layer(digest, size, kind=GZIP):
    return {"mediaType": kind, "digest": digest, "size": size}


# ── in the scenario ───────────────────────────────────────────────────────────────────────────


def test_a_total_size_is_one_layer_of_its_own():
    one = scenario("  shop: {compressed: 251 MB}\n")
    assert rows(image_layers(one, "shop", 2.0)) == [("image:shop", 251e6, 502e6)]
    both = scenario("  shop: {compressed: 251 MB, uncompressed: 600 MB}\n")
    assert rows(image_layers(both, "shop", 2.0)) == [("image:shop", 251e6, 600e6)]


def test_layers_of_the_base_come_first_and_are_shared():
    shared = scenario(
        "  os: {layers: {alpine: {compressed: 3 MB, uncompressed: 7 MB}}}\n"
        "  python: {base: os, layers: {deps: 40 MB}}\n"
        "  shop: {base: python, "
        "layers: {deps: 1 MB, app: {compressed: 2 MB, digest: 'sha256:a'}}}\n"
    )
    assert rows(image_layers(shared, "shop", 3.0)) == [
        ("os/alpine", 3e6, 7e6),
        ("python/deps", 40e6, 120e6),
        ("shop/deps", 1e6, 3e6),
        ("sha256:a", 2e6, 6e6),
    ]


def test_a_base_alone_is_the_same_image():
    same = scenario("  os: {compressed: 3 MB}\n  shop: {base: os}\n")
    assert image_layers(same, "shop", 2.0) == image_layers(same, "os", 2.0)


def test_a_digest_that_occurs_twice_is_one_layer():
    twice = scenario(
        "  shop: {layers: {a: {compressed: 1 MB, digest: x}, b: 2 MB, "
        "c: {compressed: 1 MB, digest: x}}}\n"
    )
    assert [one.digest for one in image_layers(twice, "shop", 2.0)] == ["x", "shop/b"]


def test_bytes_are_whole():
    odd = scenario("  shop: {compressed: 1.1 GB}\n")
    assert rows(image_layers(odd, "shop", 1.3)) == [("image:shop", 1100000000.0, 1430000000.0)]


def test_one_digest_has_one_size():
    with pytest.raises(ScenarioError) as caught:
        scenario(
            "  shop: {layers: {a: {compressed: 1 MB, digest: x}}}\n"
            "  slim: {layers: {a: {compressed: 2 MB, digest: x}}}\n"
        )
    assert str(caught.value) == (
        "s.yaml:4:3: images.slim: layer x has two sizes: 1,000,000 B in image 'shop', "
        "2,000,000 B here"
    )


def test_an_image_that_does_not_exist():
    one = scenario("  shop: {compressed: 251 MB}\n")
    with pytest.raises(ScenarioError, match=r"images\.shp: no such image"):
        image_layers(one, "shp", 2.0)


# ── manifests ─────────────────────────────────────────────────────────────────────────────────


def test_docker_and_oci_manifests():
    content = {
        "schemaVersion": 2,
        "config": {"size": 7000, "digest": "sha256:c"},
        "layers": [
            layer("sha256:base", 100),
            layer("sha256:top", 20, "application/vnd.oci.image.layer.v1.tar+zstd"),
            layer("sha256:flat", 30, "application/vnd.oci.image.layer.v1.tar"),
        ],
    }
    assert manifest(content) == [
        ("sha256:base", 100.0, 200.0),
        ("sha256:top", 20.0, 40.0),
        ("sha256:flat", 30.0, 30.0),
    ]


def verbose(architecture, digest, key="SchemaV2Manifest"):
    platform = {"architecture": architecture, "os": "linux"}
    return {"Descriptor": {"platform": platform}, key: {"layers": [layer(digest, 10)]}}


def test_verbose_inspection_of_one_or_several_platforms():
    assert manifest(verbose("amd64", "a")) == [("a", 10.0, 20.0)]
    assert manifest([verbose("arm64", "b"), verbose("amd64", "a")]) == [("a", 10.0, 20.0)]
    assert manifest([verbose("amd64", "a", "OCIManifest")]) == [("a", 10.0, 20.0)]


def test_an_index_must_hold_the_manifest():
    entry = {"digest": "sha256:m", "platform": {"architecture": "amd64", "os": "linux"}}
    other = {"digest": "sha256:n", "platform": {"architecture": "arm64", "os": "linux"}}
    assert fault({"manifests": [other, entry]}) == (
        "is an index of several platforms that only points to sha256:m; "
        "save the manifests themselves: docker manifest inspect -v NAME"
    )
    inlined = {**entry, "layers": [layer("a", 10)]}
    assert manifest({"manifests": [other, inlined]}) == [("a", 10.0, 20.0)]
    assert fault({"manifests": [other]}) == "has no linux/amd64 image; it lists linux/arm64"
    assert fault(verbose("arm64", "b")) == "has no linux/amd64 image; it lists linux/arm64"


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "is not JSON: Expecting value at line 1 column 1"),
        ("[1,\n x]", "is not JSON: Expecting value at line 2 column 2"),
        ("[" * 100_000, "is not JSON"),
        ("3", "is no image manifest: expected a JSON object or a list of them"),
        ("{}", "is no image manifest: it has no 'layers'"),
        ('{"layers": []}', "is no image manifest: it has no 'layers'"),
        ('{"layers": [{"digest": "a"}]}', "layer 0 has no size in bytes"),
        ('{"layers": [{"digest": "a", "size": -1}]}', "layer 0 has no size in bytes"),
        ('{"layers": [{"digest": "a", "size": true}]}', "layer 0 has no size in bytes"),
        ('{"layers": [{"size": 1}]}', "layer 0 has no digest"),
        ('{"fsLayers": [{"blobSum": "a"}]}', "is no image manifest: it has no 'layers'"),
    ],
)
def test_files_that_are_no_manifest(content, message):
    assert fault(content) == message


def test_a_manifest_in_a_scenario():
    Path("build").mkdir()
    Path("build/m.json").write_text(json.dumps({"layers": [layer("sha256:a", 5_000_000)]}))
    shop = scenario("  shop: {from: build/m.json, base: os}\n  os: {compressed: 1 MB}\n")
    assert [one.digest for one in image_layers(shop, "shop", 2.0)] == ["image:os", "sha256:a"]
    Path("build/m.json").write_text("{}")
    with pytest.raises(ScenarioError) as caught:
        scenario("  shop: {from: build/m.json}\n")
    assert str(caught.value) == (
        "s.yaml:3:16: images.shop.from: build/m.json is no image manifest: it has no 'layers'"
    )


# ── catalogues ────────────────────────────────────────────────────────────────────────────────

CATALOGUE = """\
repo,tag,layer_index,layer_digest,compressed_bytes,other
app,1,0,top,10,x
app,1,1,middle,20,x
app,1,10,base,30,x
app,2,0,top2,11,x
os,1,0,base,30,x
"""


def test_a_catalogue_lists_layers_top_first_and_the_platform_pulls_the_base_first():
    Path("c.csv").write_text(CATALOGUE)
    shop = scenario("  shop: {catalogue: {file: c.csv, repo: app, tag: '1'}}\n")
    assert rows(image_layers(shop, "shop", 2.0)) == [
        ("base", 30.0, 60.0),
        ("middle", 20.0, 40.0),
        ("top", 10.0, 20.0),
    ]


def test_all_images_of_a_catalogue():
    Path("c.csv").write_text(CATALOGUE)
    images = catalogue_images(Path("c.csv"))
    assert list(images) == [("app", "1"), ("app", "2"), ("os", "1")]
    assert [one.digest for one in images["app", "1"]] == ["base", "middle", "top"]
    assert math.isnan(images["os", "1"][0].uncompressed)
    assert catalogue_images(Path("c.csv"), 3.0)["os", "1"] == [ImageLayer("base", 30.0, 90.0)]


def test_uncompressed_sizes_where_the_catalogue_has_them():
    Path("c.csv").write_text(
        "repo,tag,layer_index,layer_digest,compressed_bytes,uncompressed_bytes\n"
        "a,1,0,x,10,25\na,1,1,y,10,\n"
    )
    assert rows(catalogue_images(Path("c.csv"), 2.0)["a", "1"]) == [
        ("y", 10.0, 20.0),
        ("x", 10.0, 25.0),
    ]


@pytest.mark.parametrize(
    "image, content, message",
    [
        ("repo: ap", CATALOGUE, "c.csv has no repo 'ap'; did you mean 'app'?"),
        ("repo: app", CATALOGUE, "c.csv has 2 tags of 'app'; give tag, say '1'"),
        ("repo: app, tag: '3'", CATALOGUE, "c.csv has no tag '3' of 'app'; accepted: 1, 2"),
        (
            "repo: app",
            "repo,tag,layer_index\n",
            "c.csv has no column layer_digest, compressed_bytes",
        ),
        (
            "repo: app",
            "",
            "c.csv has no column repo, tag, layer_index, layer_digest, compressed_bytes",
        ),
        (
            "repo: os",
            CATALOGUE + "os,1,x,y,1,\n",
            "c.csv line 7: layer_index and bytes must be whole numbers",
        ),
        (
            "repo: os",
            CATALOGUE + "os,1\n",
            "c.csv line 7: layer_index and bytes must be whole numbers",
        ),
    ],
)
def test_images_that_a_catalogue_does_not_have(image, content, message):
    Path("c.csv").write_text(content)
    with pytest.raises(ScenarioError) as caught:
        scenario(f"  shop: {{catalogue: {{file: c.csv, {image}}}}}\n")
    assert str(caught.value) == f"s.yaml:3:10: images.shop.catalogue: {message}"


def test_the_only_tag_needs_no_name():
    Path("c.csv").write_text(CATALOGUE)
    shop = scenario("  shop: {catalogue: {file: c.csv, repo: os}}\n")
    assert rows(image_layers(shop, "shop", 2.0)) == [("base", 30.0, 60.0)]


def test_the_published_catalogue(data):
    images = catalogue_images(data / "images_dotnet_2026-08-20.csv")
    digests = {layer.digest for layers in images.values() for layer in layers}
    assert (len(images), len(digests)) == (207, 396)  # shared/data/README.md
    aspnet = images["dotnet/aspnet", "10.0-alpine3.23-composite-extra-amd64"]
    assert aspnet[-1].compressed == 163.0  # its layer_index 0
