"""The table of docs/plan.md: plans of shipped scenarios beside exhaustive search.

Exhaustive search decides every setting by the same rule; the grid gives each setting the most
runs, as somebody would who does not know beforehand which settings are close.
"""

import re
import shlex

import pytest

import fcsim

MOST = 20


def commands(root):
    """Return the commands above the table, as arguments of fcsim.plan."""
    page = (root / "docs" / "plan.md").read_text("utf-8")
    block = page.split("## How few runs", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    return dict(map(_read, block.strip().splitlines()))


def _read(line):
    words = shlex.split(line)
    assert words[:2] == ["fcsim", "plan"]
    options = {"--vary": [], "--objective": [], "--set": []}
    for flag, value in zip(words[3::2], words[4::2], strict=True):
        options[flag].append(value)
    names = {"--vary": "vary", "--objective": "objectives", "--set": "overrides"}
    name = words[2].removeprefix("scenarios/").removesuffix(".yaml")
    return name, {"source": words[2], **{names[flag]: given for flag, given in options.items()}}


def rows(root):
    page = (root / "docs" / "plan.md").read_text("utf-8")
    table = page.split("## How few runs", 1)[1].split("|---|", 1)[1].split("\n\n", 1)[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]
    ]
    return {row[0].strip("`"): row for row in cells}


def row(name, plan, full):
    """Return the cells of the table for a plan and its exhaustive counterpart."""
    numbers = (plan.space.size, plan.spent, full.spent, plan.space.size * MOST)
    costs = (plan.choice.cost.value, full.choice.cost.value)
    return [
        f"`{name}`", plan.search, plan.choice.label, *(f"{number:,}" for number in numbers),
        f"{plan.spent / full.spent * 100:.0f} %", *(f"{cost:,.2f}" for cost in costs),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["quickstart", "gpu-inference", "flash-sale"])
def test_the_same_answer_with_a_fifth_of_the_runs(root, name, monkeypatch, tmp_path):
    pytest.importorskip("optuna", reason="several knobs need optuna (fcsim[plan])")
    monkeypatch.chdir(root)
    work = fcsim.Work(store=fcsim.Store(tmp_path))
    given = commands(root)[name]
    plan = fcsim.plan(**given, work=work)
    full = fcsim.plan(**given, search="exhaustive", work=work)
    found = row(name, plan, full)
    print("| " + " | ".join(found) + " |")
    assert plan.choice.cost.value <= full.choice.cost.value * 1.02
    assert plan.spent <= full.spent / 5
    assert found == rows(root)[name]


def test_the_table_names_the_commands_above_it(root):
    assert set(rows(root)) == set(commands(root)) == {"quickstart", "gpu-inference", "flash-sale"}
    assert all(re.fullmatch(r"\d+ %", row[7]) for row in rows(root).values())
