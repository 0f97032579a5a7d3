"""The plan of a lab: its figures are those of the lessons, its sums add up, its commands work."""

import re
import tomllib
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
from carried_out import blocks, parses
from lesson_pages import FIGURE, Notebook

LESSONS = Path(__file__).parents[3] / "docs" / "lessons"
LAB = (LESSONS / "lab.md").read_text("utf-8")
HAND_OUT = (LESSONS / "lab-hand-out.md").read_text("utf-8")
HEADS = {"1.", "2.", "3.", "4.", "5."}
"""Bold text like ``1. First visitor`` is the number of a prediction."""
MINUTES = re.compile(r"^\| (\d+)–(\d+) \|", re.MULTILINE)
SUM = re.compile(r"`([\d., s×/+]+) = ([\d.,]+)( [a-zA-Z%]+)?`")


def section(title):
    (text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", LAB, re.MULTILINE | re.DOTALL)
    return text


def rows(title):
    """Return the cells of the rows of all tables below the heading *title*."""
    lines = re.findall(r"^\| (.+) \|$", section(title), re.MULTILINE)
    return [line.split(" | ") for line in lines]


def asserted(lesson):
    """Return the figures that a lesson and its answers assert."""
    pages = (LESSONS / lesson, LESSONS / "answers" / lesson)
    return {figure for page in pages for figure in Notebook(page).asserted()}


def number(text):
    return float(text.replace(",", ""))


@pytest.mark.parametrize("row", [row for row in rows("What comes out") if "](" in row[0]])
def test_figures_are_those_that_the_lesson_asserts(row):
    (lesson,) = re.findall(r"\]\((.+?)\)", row[0])
    figures = FIGURE.findall(" ".join(row[1:]))
    assert figures
    assert set(figures) <= asserted(lesson)


def test_figures_elsewhere_are_those_of_a_lesson_that_is_used():
    used = set(re.findall(r"\]\((\d\d-.+?)\)", section("What comes out")))
    known = set().union(*map(asserted, used))
    assert {figure for figure in FIGURE.findall(LAB) if figure[:2] not in HEADS} <= known


def test_sums_add_up():
    sums = SUM.findall(LAB)
    assert len(sums) == 9
    for left, right, unit in sums:
        value = eval(left.replace("×", "*").replace(",", "").replace("s", ""))
        value *= 100 if unit == " %" else 1
        digits = len(right.partition(".")[2])
        assert round(value, digits) == number(right), left


@pytest.mark.parametrize(
    "title, end", [("Minute by minute", 90), ("In 45 minutes", 45), ("A second session", 90)]
)
def test_minutes_follow_each_other(title, end):
    spans = [(int(begin), int(end)) for begin, end in MINUTES.findall(section(title))]
    assert [begin for begin, _ in spans] == [0, *[stop for _, stop in spans[:-1]]]
    assert spans[-1][1] == end


def test_points_add_up():
    table = [row for row in rows("How to grade") if row[1].isdecimal()]
    assert sum(int(row[1]) for row in table) == 20
    assert "20 points" in section("How to grade")


def test_the_hand_out_asks_what_the_lab_answers():
    asked = re.findall(r"\*\*(\d|[A-C])\.", HAND_OUT)
    assert asked == [*"12345ABC"]
    for exercise, lesson, nth in re.findall(
        r"\*\*[A-C]\. (.+?)\*\* \(lesson (\d), exercise (\d)\)", HAND_OUT
    ):
        (page,) = LESSONS.glob(f"0{lesson}-*.md")
        assert f"Exercise {nth}: {exercise[0].lower()}{exercise[1:]}" in Notebook(page).headings(3)


def test_the_hand_out_gives_no_answer_away():
    used = re.findall(r"\]\((\d\d-.+?)\)", section("What comes out"))
    given = {"2,706 CNY", "525 CNY", "86 CNY", "120 ms"}
    secret = set().union(*map(asserted, used)) - given
    units = (" s", " ms", " CNY", " %")
    assert [figure for figure in secret if figure.endswith(units) and figure in HAND_OUT] == []


def test_the_commands(root):
    """Targets of make exist, packages are those of the project, fcsim knows its options."""
    targets = re.findall(r"^([a-z]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    name = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    for line in "".join(text for language, _, text in blocks(LAB) if language == "sh").splitlines():
        program, first, *rest = line.partition("#")[0].split()
        if program == "make":
            assert first in targets
        elif program == "pip":
            assert first in ("install", "wheel")
            assert "notebook" in rest
            assert name in rest or "." in rest
        else:
            assert line.startswith("fcsim ")
            assert parses(line)


def test_a_laptop_is_ready(capsys):
    (block,) = [text for language, _, text in blocks(LAB) if language == "python"]
    with matplotlib.rc_context({"backend": "Agg"}):
        exec(compile(block, "lab.md", "exec"), {})
        plt.close("all")
    assert capsys.readouterr().out == "ready\n"
