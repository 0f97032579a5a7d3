"""What docs/calibrate.md names exists, and its example of columns is a mapping."""

import re
import shlex

import pytest
import yaml

import fcsim
from fcsim.cli import main
from fcsim.commands.calibrate import calibrate
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


def test_the_command_and_the_notebook_are_carried_out(page, known, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    known.log_of({**known.scenario, "horizon": "11 h"}, tmp_path / "requests.jsonl")
    lines = (tmp_path / "requests.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "requests-1.jsonl").write_text("".join(lines[:500]))
    (tmp_path / "requests-2.jsonl").write_text("".join(lines[500:]))
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(known.guess))
    (command,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert main(shlex.split(command)[1:]) == 0
    assert "functions.f.service.time" in (capsys.readouterr().out)
    (tmp_path / "shop-calibrated.yaml").unlink()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {}
    exec(block, names)
    assert {fit.path for fit in names["report"].fits} >= {"functions.f.service.time"}
    assert fcsim.load("shop-calibrated.yaml").functions["f"].service.time
