"""docs/compare-and-sweep.md is carried out, block by block."""

import shlex

import pytest
import yaml
from pages import blocks, carry_out, commands, helps, options


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "compare-and-sweep.md").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(page, tmp_path_factory):
    """A folder with the page's scenario, and another one."""
    place = tmp_path_factory.mktemp("page")
    scenario, _ = blocks(page, "yaml")
    (place / "shop.yaml").write_text(scenario)
    (place / "other.yaml").write_text(scenario.replace("image: fat", "image: slim"))
    return place


def test_every_command_works(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    for arguments in commands(page):
        carry_out(arguments, "--no-figures")
    parts = [path for part in ("part-1", "part-2") for path in (folder / part / "points").iterdir()]
    assert len(parts) == 8
    assert not (folder / "whole" / "points").exists()
    assert len((folder / "whole" / "runs.csv").read_text().splitlines()) == 9
    assert (folder / "results" / "shop-compare" / "differences.csv").exists()


def test_the_matrix_runs_parts_and_the_whole(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    jobs = yaml.safe_load(blocks(page, "yaml")[1])["jobs"]
    (part,), (whole,) = jobs["part"]["steps"], jobs["whole"]["steps"]
    for number in jobs["part"]["strategy"]["matrix"]["part"]:
        line = part["run"].replace("${{ matrix.part }}", str(number))
        carry_out(shlex.split(line)[1:], "--no-figures")
    carry_out(shlex.split(whole["run"])[1:], "--no-figures")


def test_the_python_block_runs(page, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    names = {}
    for block in blocks(page, "python"):
        exec(block, names)
    assert capsys.readouterr().out.startswith("slim is ")
    assert len(names["frame"]) == 9
    assert len(names["again"].runs) == 2


def test_the_help_names_every_option_of_the_page(page, capsys):
    told = helps(capsys, "compare", "sweep")
    for option in options(page) - {"--port", "--nworkers", "--nthreads"}:
        assert option in told, option
