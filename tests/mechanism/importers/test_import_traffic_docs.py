"""The page on traffic: its commands work on its own data, and what it says is so."""

import re
import shlex

import pytest

from fcsim import load, run
from fcsim.cli import main
from fcsim.importers.request_files import FIELDS
from fcsim.importers.text_lines import MAX_LINE
from fcsim.importers.trace_formats import FORMATS


@pytest.fixture
def page(root):
    return (root / "docs" / "import-traffic.md").read_text("utf-8")


def test_every_example_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = re.findall(r"```(?:csv|json) (\S+)\n(.*?)```", page, re.DOTALL)
    commands = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert len(data) == len(commands) == 3
    for (name, content), command in zip(data, commands, strict=True):
        (tmp_path / name).write_text(content)
        _, *arguments = shlex.split(command)
        assert main(arguments) == 0, capsys.readouterr().err
    scenarios = sorted(tmp_path.glob("*.fcsim.yaml"))
    assert [path.name for path in scenarios] == [
        "llm.fcsim.yaml",
        "metrics.fcsim.yaml",
        "requests.fcsim.yaml",
    ]
    arrived = [run(load(path)).kpis["requests"]["arrived"] for path in scenarios]
    assert arrived == [2, 240, 2]
    assert (tmp_path / "metrics.counts.csv").is_file()
    assert (tmp_path / "metrics.observed.csv").is_file()


def test_every_field_and_format_is_named(page):
    assert [name for name in (*FIELDS, *FORMATS) if f"`{name}`" not in page] == ["serviceName"]
    assert f"{MAX_LINE:,} bytes" in page
