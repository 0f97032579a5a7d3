"""docs/report.md: every block runs and gives what the page says."""

import re
import shlex
import shutil

import pytest

from fcsim.cli import main
from fcsim.report.timeline import MOST_REQUESTS
from fcsim.runner import KEPT


@pytest.fixture(scope="module")
def docs(root):
    return (root / "docs" / "report.md").read_text("utf-8")


@pytest.fixture
def place(root, tmp_path, monkeypatch):
    """A folder with the scenarios, in which commands of the page run."""
    shutil.copytree(root / "scenarios", tmp_path / "scenarios")
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(docs, language):
    return re.findall(rf"```{language}\n(.*?)```", docs, re.DOTALL)


def test_commands(docs, place, capsys):
    for block in blocks(docs, "sh"):
        for line in block.splitlines():
            assert main(shlex.split(line)[1:]) == 0, line
    results = place / "results"
    written = {path.name for path in results.rglob("*")}
    assert {"slim-or-not.html", "timeline.json"} <= written
    pages = {path.parent.name for path in results.rglob("report.html")}
    assert pages == {"one", "sure", "compared", "swept", "planned"}
    (story,) = blocks(docs, "text")
    assert story in capsys.readouterr().out


def test_python(docs, place, capsys):
    for block in blocks(docs, "python"):
        exec(compile(block, "docs/report.md", "exec"), {})
    written = {path.name for path in (place / "results").iterdir()}
    assert written == {"page.html", "trace.json", "swept.html", "runs.html", "sweep.html"}


def test_limits(docs):
    assert f"more than {KEPT:,} requests keeps none" in docs
    assert f"at most {KEPT:,} of them" in docs
    assert f"Beyond {MOST_REQUESTS:,} requests" in docs
