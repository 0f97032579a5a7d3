"""docs/plan.md and docs/from-question-to-answer.md are carried out, block by block."""

import json
import re

import pytest
from pages import blocks, carry_out, commands, helps, options

import fcsim
from fcsim.study.objectives import parse


def carry_out_all(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    for arguments in commands(page):
        if not arguments[1].startswith("scenarios/"):  # those take minutes: tests/regression
            carry_out(arguments, *_sooner(arguments))


def _sooner(arguments):
    """Spare what a test does not look at: processes for short runs, figures but the last."""
    here = ["--workers", "1"] if arguments[0] == "plan" else []
    return here if "results/measured" in arguments else [*here, "--no-figures"]


def names_of(page):
    names = {}
    for block in blocks(page, "python"):
        exec(block, names)
    return names


@pytest.fixture(scope="module")
def reference(root):
    return (root / "docs" / "plan.md").read_text("utf-8")


@pytest.fixture(scope="module")
def story(root):
    return (root / "docs" / "from-question-to-answer.md").read_text("utf-8")


@pytest.fixture(scope="module")
def shop(reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan-page")
    (folder / "shop.yaml").write_text(blocks(reference, "yaml")[0])
    return folder


def test_the_commands_of_the_reference(reference, shop, monkeypatch):
    carry_out_all(reference, shop, monkeypatch)
    assert json.loads((shop / "results" / "shop-plan" / "plan.json").read_text())["choice"]


def test_python_of_the_reference(reference, shop, monkeypatch):
    monkeypatch.chdir(shop)
    names = names_of(reference)
    assert names["plan"].verdict == "met"
    assert names["judgement"].verdict == "met"


def test_the_forms_of_objectives(reference):
    rows = re.findall(r"^\| .* \| `(.*)` \|$", reference.split("## Knobs")[0], re.MULTILINE)
    assert len(rows) == 4
    assert all(parse(text, ["checkout"]) for text in rows)


def test_the_help_names_every_option(reference, story, capsys):
    told = helps(capsys, "plan", "run", "sweep")
    for option in options(reference + story):
        assert option in told, option


@pytest.fixture(scope="module")
def decided(story, tmp_path_factory):
    """A folder in which everything of the story has been done."""
    folder = tmp_path_factory.mktemp("story")
    scenario, objectives = blocks(story, "yaml")
    (folder / "shop.yaml").write_text(scenario + objectives)
    with pytest.MonkeyPatch.context() as patch:
        carry_out_all(story, folder, patch)
    return folder


def test_the_story_ends_with_a_slide_and_a_decision(decided):
    document = json.loads((decided / "results" / "measured" / "plan.json").read_text())
    assert document["verdict"] == "met"
    assert document["choice"]["variant"] == "slim"
    assert {"idle.keep_alive", "start.create"} <= set(document["assumptions"]["measured"])
    assert (decided / "results" / "measured" / "figures" / "slide.png").stat().st_size > 50_000


def test_the_story_in_a_notebook(story, decided, monkeypatch):
    monkeypatch.chdir(decided)
    kept = fcsim.Work(store=fcsim.Store(decided / "results" / "shop-plan" / "points"))
    whole = fcsim.plan
    monkeypatch.setattr(
        fcsim, "plan", lambda *a, **more: whole(*a, **more, work=kept), raising=False
    )
    names = names_of(story)
    assert names["decision"] == names["plan"].changes
    assert names["slide"] is not None
