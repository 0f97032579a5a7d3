"""The reference page says where each default comes from, and says it of keys that exist."""

import re

from fcsim.scenario.default_sources import DOCUMENTED, PARAMETERS, default_and_source
from fcsim.scenario.parameters import Parameters
from fcsim.scenario.reference import page


def paths():
    """Return the paths of all keys on the page."""
    found, place = set(), ""
    for line in page().splitlines():
        if line.startswith("## "):
            title = line[3:]
            place = "" if title == "The file" else f"{title}."
        elif key := re.match(r"\| `([^`]+)` \|", line):
            found.add(place + key[1])
    return found


def test_every_path_is_a_key_of_the_page():
    assert {*PARAMETERS, *DOCUMENTED} <= paths()


def test_every_parameter_is_one_of_the_preset():
    assert set(PARAMETERS.values()) <= set(Parameters.resolve("page", "cn-hangzhou"))


def test_three_kinds_of_defaults():
    assert default_and_source("functions.NAME.memory_size", "") == (
        "`512 MB`",
        "documented: Serverless Devs fc3 schema (2026-05): default memorySize",
    )
    assert default_and_source("caches.zone.lifetime", "") == ("`1 h`", "assumed: `cache.lifetime`")
    assert default_and_source("images.NAME.uncompressed", "")[0] == "compressed × `2.5`"
    assert default_and_source("horizon", "60 min") == ("60 min", "fcsim")
    assert default_and_source("images", "**required**") == ("**required**", "")
    assert default_and_source("initial.tokens", "")[0] == "by region"


def test_an_update_of_a_function_has_the_defaults_of_functions():
    key = "custom_container_config.port"
    one = default_and_source(f"deployments.0.{key}", "`9000`")
    assert one == default_and_source(f"functions.NAME.{key}", "`9000`")
