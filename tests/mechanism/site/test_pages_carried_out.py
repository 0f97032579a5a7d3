"""Pages that no other test carries out are carried out here, block by block."""

import re
import shutil

import pytest
from carried_out import blocks, carry_out, parses

OTHER_PROGRAMS = {"python", ".", "pip"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")  # whatever the terminal that runs the tests
    return tmp_path


def test_the_first_hour(root, place, capsys):
    page = (root / "docs" / "first-hour.md").read_text("utf-8")
    carry_out(page, capsys, OTHER_PROGRAMS)
    assert (place / "results" / "shop" / "figures" / "overview.png").is_file()


def test_choose_an_image(root, place, capsys):
    page = (root / "docs" / "choose-an-image.md").read_text("utf-8")
    carry_out(page, capsys)
    assert (place / "results" / "no-cache" / "kpis.json").is_file()


def test_results(root, place, capsys):
    page = (root / "docs" / "results.md").read_text("utf-8")
    shutil.copytree(root / "scenarios", place / "scenarios")
    carry_out(page, capsys)
    assert (place / "results" / "quickstart" / "requests.csv").is_file()


def test_the_forms_of_import(root):
    page = (root / "docs" / "import.md").read_text("utf-8")
    (forms,) = [content for language, _, content in blocks(page) if language == "text"]
    for line in forms.splitlines():
        assert parses(re.split(r" {3,}", line)[0])
