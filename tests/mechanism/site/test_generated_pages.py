"""Generated pages of the reference hold all that the code has, and nothing else."""

import re

import click
import pytest

import fcsim
import fcsim.report
from _generate.api import api_page
from _generate.assumptions import assumptions_page
from _generate.commands import commands_page
from _generate.kpis import kpis_page
from _generate.markdown import cell, page, table
from _generate.pages import PAGES, write_pages
from _generate.presets import presets_page
from _generate.prices import prices_page
from fcsim.cli import cli
from fcsim.results.price_book import book_names, load_book
from fcsim.results.vocabulary import KPIS
from fcsim.scenario.parameters import describe_preset, preset_names


def first_cells(text):
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def row(text, name):
    (line,) = re.findall(rf"^\| `{re.escape(name)}` \| (.*) \|$", text, re.MULTILINE)
    return line.split(" | ")


def test_kpis_are_the_vocabulary():
    assert first_cells(kpis_page()) == [kpi.name for kpi in KPIS]
    assert row(kpis_page(), "errors.BadResponse")[:2] == ["count", "502"]


def test_assumptions_are_those_of_the_preset():
    assumed = [p.name for p in describe_preset("page") if p.provenance == "assumed"]
    assert sorted(first_cells(assumptions_page())) == sorted(assumed)
    assert f"{len(assumed)} values" in assumptions_page()


def test_an_assumption_has_its_range_or_its_choices():
    low, default, high, meaning = row(assumptions_page(), "host.unpack_rate")
    assert (low, default, high) == ("60\u00a0MB/s", "150\u00a0MB/s", "500\u00a0MB/s")
    assert meaning.startswith("Decompress and unpack")
    assert row(assumptions_page(), "scaling.overflow")[3].endswith("Others: `queue`.")


def test_every_value_of_every_preset_has_a_source_or_is_assumed():
    text = presets_page()
    whole = text.split("## `page`")[1].split("## By region")[0]
    assert first_cells(whole) == [parameter.name for parameter in describe_preset("page")]
    for name in preset_names():
        assert f"## `{name}`" in text
    for line in whole.splitlines():
        if line.startswith("| `"):
            assert line.split(" | ")[3] in ("documented", "assumed")
            assert not line.endswith("|  |"), line


def test_what_hangs_on_the_region_is_told():
    regions = presets_page().split("## By region")[1].split("## ")[0]
    assert row(regions, "cn-hangzhou")[:2] == ["300", "5/s"]
    assert "| another region | 100 | 100/min |" in regions


def test_price_books_are_all_there():
    text = prices_page()
    assert [f"## `{name}`" in text for name in book_names()] == [True] * len(book_names())
    for name in book_names():
        assert set(load_book(name).values) <= set(first_cells(text.split(f"## `{name}`")[1]))


def commands(group, path="fcsim"):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


@pytest.mark.parametrize("path, command", list(commands(cli)), ids=lambda value: str(value)[:30])
def test_every_option_of_every_command_is_told(path, command):
    section = re.search(rf"^##+ {path}\n(.*?)(?=^##|\Z)", commands_page(), re.DOTALL | re.MULTILINE)
    for option in command.params:
        if isinstance(option, click.Option):
            assert all(name in section[1] for name in option.opts), option.opts


def test_what_import_does_by_itself_is_told():
    section = commands_page().split("## fcsim import\n")[1].split("\n### ")[0]
    assert "`--rate " in section


def test_every_public_name_is_in_the_api():
    named = set(re.findall(r":: fcsim\.(?:report\.)?(\w+)[($\n]", api_page()))
    assert named == {*fcsim.__all__, *fcsim.report.__all__} - {"__version__"}


def test_pages_are_written_once_and_old_ones_go(tmp_path):
    write_pages(tmp_path)
    (tmp_path / "old.md").write_text("gone")
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.md")}
    write_pages(tmp_path)
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.md")}
    assert set(after) == {f"{name}.md" for name in PAGES}
    assert after.items() <= before.items()


def test_tables():
    assert table(("a", "b"), [("1", "x | y\nz")]) == "| a | b |\n| --- | --- |\n| 1 | x \\| y z |"
    assert table(("a",), []) == ""
    assert cell("a\n  b") == "a b"
    assert page("one\n", "", "two") == "one\n\ntwo\n"
