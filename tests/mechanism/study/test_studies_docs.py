"""docs/studies.md is carried out, block by block."""

import json

import pytest
from pages import blocks, carry_out, commands, helps, options


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "studies.md").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(page, tmp_path_factory):
    place = tmp_path_factory.mktemp("page")
    (scenario,) = blocks(page, "yaml")
    (place / "shop.yaml").write_text(scenario)
    return place


def test_every_command_works(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    for arguments in commands(page):
        if "sensitivity" in arguments:
            pytest.importorskip("SALib", reason="sensitivity needs SALib (fcsim[sensitivity])")
        carry_out(arguments, "--no-figures")
    band = json.loads((folder / "results" / "shop" / "band.json").read_text())
    assert band["kpis"]["latency"]["p99"]["moves"][0]["name"]
    assert (folder / "results" / "shop-sensitivity" / "sensitivity.csv").exists()


@pytest.mark.parametrize("number", range(3))
def test_the_python_blocks_run(page, folder, monkeypatch, number):
    monkeypatch.chdir(folder)
    block = blocks(page, "python")[number]
    if "sensitivity" in block:
        pytest.importorskip("SALib", reason="sensitivity needs SALib (fcsim[sensitivity])")
    exec(block, {})


def test_the_help_names_every_option_of_the_page(page, capsys):
    told = helps(capsys, "run", "sensitivity")
    for option in options(page):
        assert option in told, option
