"""Lessons become notebooks whose links lead somewhere."""

import json
import re
import shlex

import jupytext.cli

from _generate.notebooks import notebook, write_notebooks


def test_links_lead_to_notebooks_or_name_the_page():
    text = "[next](02-next.md) [why](../model.md#links) [own](answers/01-x.md) [up](../01-x.md)"
    (cell,) = notebook(text).cells
    assert cell.source == (
        "[next](02-next.ipynb) why (`docs/model.md`) [own](answers/01-x.ipynb) [up](../01-x.ipynb)"
    )


def test_what_checks_the_page_is_left_out():
    cells = "```{code-cell}\na = 1\n```\n\n```{code-cell}\n:tags: [remove-cell]\n\nassert a\n```\n"
    assert [cell.source for cell in notebook(cells).cells] == ["a = 1"]


def test_every_lesson_is_written_with_its_answers(root, tmp_path):
    written = write_notebooks(root / "docs" / "lessons", tmp_path)
    assert len(written) == 2 * len(list((root / "docs" / "lessons").glob("[0-9]*.md")))
    for path in written:
        content = json.loads(path.read_text("utf-8"))
        assert content["nbformat"] == 4
        assert {cell["cell_type"] for cell in content["cells"]} == {"code", "markdown"}


def test_the_commands_of_the_page(root, tmp_path, monkeypatch):
    folder = root / "docs" / "lessons"
    (block,) = re.findall(r"```sh\n(.*?)```", (folder / "index.md").read_text("utf-8"), re.DOTALL)
    install, convert, show = map(shlex.split, block.splitlines())
    assert install[:2] == ["pip", "install"]
    page = convert[-1]
    (tmp_path / page).write_text((folder / page).read_text("utf-8"), "utf-8")
    monkeypatch.chdir(tmp_path)
    jupytext.cli.jupytext(convert[1:])
    assert (tmp_path / show[-1]).is_file()
