"""Presets: every value has a source or bounds; each preset differs from the next as documented."""

from __future__ import annotations

from importlib import resources

import pytest

from fcsim.errors import ScenarioError
from fcsim.scenario import describe_preset, preset_names
from fcsim.scenario.parameters import Parameters, preset_file, region_names
from fcsim.scenario.yaml12 import parse
from fcsim.units import GIB, MIB

EVERY = [
    (preset, region) for preset in preset_names() for region in ("cn-hangzhou", "eu-central-1")
]


def test_names():
    assert preset_names() == ["fc-2024-08", "fc-2025-12", "fc-2026-04", "ideal", "page"]


@pytest.mark.parametrize("preset, region", EVERY)
def test_every_value_has_a_source_or_bounds(preset, region):
    for parameter in describe_preset(preset, region):
        if parameter.provenance == "documented":
            assert parameter.source, parameter.name
            assert parameter.low is None, parameter.name
            assert parameter.high is None, parameter.name
        else:
            assert parameter.provenance == "assumed", parameter.name
            assert parameter.note, parameter.name
            assert parameter.choices or parameter.low is not None, parameter.name


@pytest.mark.parametrize("preset, region", EVERY)
def test_bounds_enclose_the_default(preset, region):
    for parameter in describe_preset(preset, region):
        if parameter.unit == "time":
            ends = (parameter.low, parameter.value, parameter.high)
            numbers = [end.constant for end in ends if hasattr(end, "constant")]
        else:
            numbers = [
                end
                for end in (parameter.low, parameter.value, parameter.high)
                if isinstance(end, float)
            ]
        assert numbers == sorted(numbers), parameter.name
        assert not parameter.choices or parameter.value in parameter.choices, parameter.name


@pytest.mark.parametrize("preset", preset_names())
def test_files_are_sound(preset):
    file = resources.files("fcsim.scenario") / "presets" / f"{preset}.yaml"
    content = parse(file.read_bytes(), file.name).data  # refuses duplicate keys
    assert content["preset"] == preset
    assert content["description"].endswith(".")
    for name, entry in content["values"].items():
        assert set(entry) <= {"unit", "value", "regions", "assumption", "choices", "source", "note"}
        assert len({"value", "regions", "assumption"} & set(entry)) == 1, name
        assert "regions" not in entry or "default" in entry["regions"], name
        if "extends" in content:
            inherited = preset_file("page")["values"]
            assert name in inherited, name
            assert inherited[name]["unit"] == entry["unit"], name


@pytest.mark.parametrize(
    "name, values",
    [
        ("limits.image_size_counts", ["compressed", "compressed", "compressed", "uncompressed"]),
        ("limits.image_size_gpu", [15e9, 15e9, 30e9, 15e9]),
        ("scaling.instances", [300.0, 100.0, 300.0, 300.0]),
        ("limits.shapes", ["legacy_slices", "table", "table", "table"]),
        ("function.memory_size", [512 * MIB] * 4),
        ("pool.cpu.memory", [256 * GIB] * 4),
    ],
)
def test_presets_follow_their_dates(name, values):
    presets = ("fc-2024-08", "fc-2025-12", "fc-2026-04", "page")
    assert [Parameters.resolve(preset, "cn-hangzhou")[name].value for preset in presets] == values


def test_values_by_region():
    assert Parameters.resolve("page", "cn-beijing")["scaling.growth"].value == 5.0
    assert Parameters.resolve("page", "eu-central-1")["scaling.growth"].value == 100 / 60
    assert region_names("fc-2024-08") == region_names("page")


def test_an_unknown_preset():
    with pytest.raises(ScenarioError) as caught:
        describe_preset("pages")
    assert str(caught.value) == "platform.preset: no preset 'pages'; did you mean 'page'?"
