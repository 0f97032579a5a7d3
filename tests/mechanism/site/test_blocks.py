"""Every fenced block of the documentation is executed or checked by a test that is named here."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from _generate.pages import PAGES as GENERATED

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parents[1]

CHECKED = {
    "README.md": {
        "python": "site/test_readme.py::test_the_notebook_block",
        "sh": "site/test_readme.py::test_every_command",
        "yaml": "site/test_readme.py::test_the_scenario_of_four_lines",
    },
    "calibrate.md": {
        "python": "calibrate/test_calibrate_docs.py"
        "::test_the_command_and_the_notebook_are_carried_out",
        "sh": "calibrate/test_calibrate_docs.py::test_the_command_and_the_notebook_are_carried_out",
        "yaml": "calibrate/test_calibrate_docs.py"
        "::test_the_mapping_is_the_one_of_the_validation_data",
    },
    "check.md": {
        "console": "study/test_check_docs.py::test_a_fattened_image_fails_as_shown",
        "python": "study/test_check_docs.py::test_the_python_block_runs",
        "sh": "study/test_check_docs.py::test_the_commands_leave_what_the_page_says",
        "yaml": "study/test_check_docs.py::test_the_workflow_of_github",
    },
    "choose-an-image.md": dict.fromkeys(
        ("sh", "text", "yaml"), "site/test_pages_carried_out.py::test_choose_an_image"
    ),
    "compare-and-sweep.md": {
        "python": "study/test_compare_and_sweep_docs.py::test_the_python_block_runs",
        "sh": "study/test_compare_and_sweep_docs.py::test_every_command_works",
        "yaml": "study/test_compare_and_sweep_docs.py::test_the_matrix_runs_parts_and_the_whole",
    },
    "first-hour.md": dict.fromkeys(
        ("python", "sh", "text", "yaml"), "site/test_pages_carried_out.py::test_the_first_hour"
    ),
    "from-question-to-answer.md": {
        "python": "study/test_plan_docs.py::test_the_story_in_a_notebook",
        "sh": "study/test_plan_docs.py::test_the_story_ends_with_a_slide_and_a_decision",
        "yaml": "study/test_plan_docs.py::test_the_story_ends_with_a_slide_and_a_decision",
    },
    "import-traffic.md": dict.fromkeys(
        ("csv", "json", "sh"), "importers/test_import_traffic_docs.py::test_every_example_runs"
    ),
    "import.md": {
        "text": "site/test_pages_carried_out.py::test_the_forms_of_import",
        "yaml": "importers/test_import_docs.py::test_the_example_becomes_what_the_page_says",
    },
    "index.md": {"yaml": "site/test_readme.py::test_the_scenario_of_four_lines"},
    "lessons/index.md": {"sh": "site/test_notebooks.py::test_the_commands_of_the_page"},
    "lessons/lab.md": {
        "python": "site/test_lab.py::test_a_laptop_is_ready",
        "sh": "site/test_lab.py::test_the_commands",
    },
    "plan.md": {
        "python": "study/test_plan_docs.py::test_python_of_the_reference",
        "sh": "study/test_plan_docs.py::test_the_commands_of_the_reference",
        "yaml": "study/test_plan_docs.py::test_the_commands_of_the_reference",
    },
    "report.md": {
        "python": "report/test_report_docs.py::test_python",
        "sh": "report/test_report_docs.py::test_commands",
        "text": "report/test_report_docs.py::test_commands",
    },
    "results.md": {"python": "site/test_pages_carried_out.py::test_results"},
    "studies.md": {
        "python": "study/test_studies_docs.py::test_the_python_blocks_run",
        "sh": "study/test_studies_docs.py::test_every_command_works",
        "yaml": "study/test_studies_docs.py::test_every_command_works",
    },
    "teaching-figures.md": {
        "python": "report/test_teaching_docs.py::test_every_figure_is_drawn",
        "text": "report/test_teaching_docs.py::test_the_numbers_are_those_of_the_page",
    },
    "workload.md": {"yaml": "test_workload_docs.py::test_every_kind_has_a_valid_example"},
    "your-own-service.md": dict.fromkeys(
        ("json", "sh", "yaml"),
        "calibrate/test_your_own_service_docs.py::test_the_calibrated_scenario_knows_the_service",
    ),
}
"""By page and language of a block: the test that fails when the block is wrong."""

LESSON = re.compile(r"lessons/(answers/)?\d\d-")
BY_THE_BUILD = {"{toctree}"}
FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(\S*)")


def name_of(path):
    return path.relative_to(ROOT / "docs" if "docs" in path.parts else ROOT).as_posix()


PAGES = {
    name_of(path): path.read_text("utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if not any(part.startswith("_") or part == "generated" for part in path.parts)
}


def languages(text):
    """Yield the language of each fenced block; an unclosed one is an error."""
    closing = None
    for line in text.splitlines():
        fence = FENCE.match(line)
        if closing is None and fence:
            closing = fence[2]
            yield fence[3]
        elif closing and line.strip() == closing:
            closing = None
    assert closing is None, "a block is not closed"


@cache
def functions(path):
    return {
        node.name for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_checked(page):
    found = set(languages(PAGES[page])) - BY_THE_BUILD
    if LESSON.match(page):
        assert found <= {"{code-cell}"}, "lessons run by test_lessons and by the build"
    else:
        assert found == set(CHECKED.get(page, ())), f"say in CHECKED which test checks {page}"


@pytest.mark.parametrize("page", CHECKED)
def test_the_tests_exist_and_read_the_page(page):
    for test in set(CHECKED[page].values()):
        path, name = test.split("::")
        assert name in functions(TESTS / path), test
        text = (TESTS / path).read_text("utf-8")
        assert Path(page).name in text or "blocks" in path, f"{path} does not read {page}"


def test_commands_stand_in_fences_where_tests_find_them():
    """A block that is indented by four spaces has no language, and nobody checks it."""
    indented = re.compile(r"\n\n((?: {4}\S[^\n]*\n)+)")
    known = {"compare-and-sweep.md": 2}  # a cluster of several machines
    found = {page: len(indented.findall(text)) for page, text in PAGES.items()}
    assert {page: number for page, number in found.items() if number} == known


def test_the_site_lists_every_page():
    """A page in no table of contents is a warning, which ends ``make docs``."""
    tocs = re.findall(r"```\{toctree\}\n(.*?)```", PAGES["index.md"], re.DOTALL)
    listed = {line for toc in tocs for line in toc.splitlines() if line and line[0] != ":"}
    own = {page.removesuffix(".md") for page in PAGES if page not in ("README.md", "index.md")}
    lessons = {page for page in own if LESSON.match(page) or page.startswith("lessons/lab")}
    made = {f"generated/{name}" for name in GENERATED}
    assert listed == (own - lessons) | made


@pytest.mark.parametrize("page", PAGES)
def test_headings_go_down_one_step_at_a_time(page):
    prose = re.sub(r"^```.*?^```", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
