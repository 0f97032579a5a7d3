"""docs/import.md says what the code does: its example, its tables, its assumptions."""

import re

import pytest

from fcsim.commands.import_ import import_
from fcsim.importers.configuration import ASSUMED_RATE, ASSUMED_SERVICE, PRESETS
from fcsim.importers.configuration_files import import_configuration
from fcsim.importers.deployment_images import ASSUMED_SIZE
from fcsim.importers.functions import HOOK_TIME
from fcsim.importers.reference import table
from fcsim.importers.saving import yaml_text
from fcsim.scenario.platform import Platform, Registry


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "import.md").read_text("utf-8")


def example(page, name):
    (block,) = re.findall(rf"```yaml\n# {re.escape(name)}\n(.*?)```", page, re.DOTALL)
    return block


def test_the_example_becomes_what_the_page_says(page, tmp_path):
    (tmp_path / "s.yaml").write_text(example(page, "s.yaml"))
    one = import_configuration(tmp_path / "s.yaml")
    assert yaml_text(one.document) == example(page, "shop.fcsim.yaml")


def test_the_table_of_keys_is_the_code_s(page):
    assert table() in page, "run: python -m fcsim.importers.reference"


def test_the_assumptions_are_the_code_s(page):
    for line in (
        f"| arrivals of each function | Poisson, {ASSUMED_RATE} |",
        f"| service time, CPU | exponential, {ASSUMED_SERVICE['cpu'] * 1000:g} ms |",
        f"| service time, GPU | exponential, {ASSUMED_SERVICE['gpu']:g} s |",
        f"| compressed size of an image, CPU | {ASSUMED_SIZE['cpu']} |",
        f"| compressed size of an image, GPU | {ASSUMED_SIZE['gpu']} |",
        f"| time of an initializer or pre-stop hook | {HOOK_TIME} |",
        f"| region, when neither file nor image tells it | {Platform().region} |",
        f"| edition of a registry, when its address does not tell it | {Registry().edition} |",
    ):
        assert line in page
    assert ", ".join(f"`{name}`" for name in PRESETS) in page


def test_every_option_of_the_command_is_on_the_page(page):
    options = {
        name
        for command in ("configuration", "images", "terraform")
        for option in import_.commands[command].params
        for name in option.opts
        if name.startswith("--")
    }
    assert {name for name in options if name not in page} == set()
