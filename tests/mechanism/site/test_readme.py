"""README.md and the first page: what they promise works."""

import re
import shlex
import shutil

import pytest
from carried_out import blocks, parses

import fcsim
from fcsim.cli import main

FOUR_LINES = re.compile(r"```yaml\n(fcsim: 1\n.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text("utf-8")


@pytest.fixture
def place(root, readme, tmp_path, monkeypatch):
    shutil.copytree(root / "scenarios", tmp_path / "scenarios")
    (tmp_path / "shop.yaml").write_text(FOUR_LINES.search(readme)[1])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(readme):
    lines = "".join(content for language, _, content in blocks(readme) if language == "sh")
    return [shlex.split(line, comments=True) for line in lines.splitlines()]


def test_every_command(root, readme, place, capsys):
    targets = re.findall(r"^([\w-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    for program, *arguments in commands(readme):
        if program == "make":
            assert set(arguments) <= set(targets)
            continue
        assert program == ".venv/bin/fcsim"
        told = [word for word in arguments if not word.endswith(".schema.json") and word != ">"]
        assert parses(shlex.join(["fcsim", *told]))
        if told[:2] == ["run", "shop.yaml"] and "--band" not in told:
            assert main([*told, "--set", "horizon=2 min", "--no-figures"]) == 0
            page = place / "results" / "shop" / "report.html"
            assert page.is_file() == ("--report" in told)


def test_the_scenario_of_four_lines(root, readme, place):
    scenario = fcsim.load("shop.yaml")
    assert list(scenario.functions) == ["checkout"]
    index = (root / "docs" / "index.md").read_text("utf-8")
    assert FOUR_LINES.search(index)[1] == FOUR_LINES.search(readme)[1]


def test_the_notebook_block(readme, place):
    (block,) = [content for language, _, content in blocks(readme) if language == "python"]
    names = {}
    exec(block, names)
    assert names["result"].kpi("requests.arrived") > 0
