"""What docs/calibrate.md names exists, and its example of columns is a mapping."""

import re

import pytest
import yaml

import fcsim
from fcsim.calibrate_command import calibrate
from fcsim.importers.mapped_log import MAPPINGS, read_mapping
from fcsim.scenario.parameters import Parameters


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "calibrate.md").read_text("utf-8")


def test_the_mapping_is_the_one_of_the_validation_data(page, tmp_path):
    (block,) = re.findall(r"```yaml\n# columns.yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "columns.yaml").write_text(block)
    known = {key: column for key, column in MAPPINGS["lambda2020"].items() if key != "function"}
    assert read_mapping(str(tmp_path / "columns.yaml"), ()) == known
    assert set(yaml.safe_load(block)) == set(known)


def test_options_and_values_exist(page):
    options = {name for option in calibrate.params for name in option.opts}
    assert set(re.findall(r"--[a-z]+(?=[` =])", page)) - {"--request"} <= options
    known = Parameters.resolve("page", "cn-hangzhou")
    for name in re.findall(r"`assumptions\.([\w.]+)`", page):
        assert name in known


def test_the_table_names_every_path_that_is_fitted(page, report):
    table = page.split("| value |")[1].split("\n\n")[0]
    for fit in report.fits:
        general = re.sub(r"^functions\.f\.", "functions.F.", fit.path).replace(".shop.", ".I.")
        assert f"`{general}`" in table


def test_the_api_has_what_the_page_calls(report):
    assert fcsim.calibrate
    for name in ("to_frame", "scenario", "write"):
        assert callable(getattr(report, name))
