"""Lessons run with the light install, keep their form, and their text says what their runs say."""

import re
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
from lesson_pages import Notebook

DOCS = Path(__file__).parents[3] / "docs"
LESSONS = sorted((DOCS / "lessons").glob("[0-9]*.md"))
ANSWERS = sorted((DOCS / "lessons" / "answers").glob("[0-9]*.md"))
PARTS = (
    "Your prediction",
    "The experiment",
    "The figure",
    "The theory beside it",
    "What you saw",
    "Exercises",
    "Where next",
)
LIGHT = {"fcsim", "matplotlib", "numpy", "pandas", "scipy", "seaborn", "simpy", "yaml"}


def name(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(params=[*LESSONS, *ANSWERS], ids=name)
def page(request):
    return Notebook(request.param)


@pytest.fixture(params=LESSONS, ids=name)
def lesson(request):
    return Notebook(request.param)


def test_it_runs_and_says_what_it_found(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with matplotlib.rc_context({"backend": "Agg"}):
        page.run()
        plt.close("all")
    assert list(tmp_path.iterdir()) == [], "a lesson leaves no files behind"


def test_figures_in_bold_are_asserted_and_asserted_figures_are_told(page):
    assert set(page.told()) <= set(page.asserted())
    flat = " ".join(page.text.split())
    assert [figure for figure in page.asserted() if figure not in flat] == []


def test_the_light_install_is_enough(page):
    assert set(page.imported()) - set(sys.stdlib_module_names) <= LIGHT
    assert not re.search(r"^\s*[%!]", "\n".join(c.source for c in page.code), re.MULTILINE)


def test_a_lesson_has_its_parts_in_order(lesson):
    found = [heading for heading in lesson.headings(2) if heading in PARTS]
    assert found == list(PARTS)
    number = int(lesson.path.stem.split("-")[0])
    assert lesson.headings(1)[0].startswith(f"{number}. ")
    assert "**The question:**" in lesson.text
    assert lesson.code[0].source.startswith("prediction = None")


def test_each_exercise_is_answered(lesson):
    answers = Notebook(lesson.path.parent / "answers" / lesson.path.name)
    exercises = lesson.headings(3)
    assert len(exercises) == 3
    assert answers.headings(2) == exercises
    assert all(f"Exercise {k}: " in title for k, title in enumerate(exercises, 1))
    parts = re.split(r"^## ", answers.path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert all("\nassert " in part for part in parts), "each answer asserts what it says"


def test_answers_belong_to_lessons():
    assert [path.name for path in ANSWERS] == [path.name for path in LESSONS]


def test_the_list_names_every_lesson():
    index = (DOCS / "lessons" / "index.md").read_text("utf-8")
    listed = re.findall(r"\]\((\d\d-[\w-]+\.md)\)", index)
    assert listed == [path.name for path in LESSONS]
    titles = [Notebook(path).headings(1)[0] for path in LESSONS]
    assert all(f"[{title}]" in index for title in titles)
