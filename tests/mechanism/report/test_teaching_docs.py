"""docs/teaching-figures.md: its blocks run in their order, as in a notebook, and say the truth."""

import re
import shutil

import pytest

from fcsim.report import life_rows, link_chart
from fcsim.report.stacks import BANDS
from fcsim.sim.tracer import MOST_ROWS


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "teaching-figures.md").read_text("utf-8")


@pytest.fixture(scope="module")
def done(page, root, tmp_path_factory):
    """The names that the page defines, in a folder in which all of it was done."""
    folder, names = tmp_path_factory.mktemp("teaching"), {}
    shutil.copytree(root / "scenarios", folder / "scenarios")
    (folder / "results").mkdir()
    printed = []
    names["print"] = lambda *values: printed.append(" ".join(map(str, values)))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(compile(block, "docs/teaching-figures.md", "exec"), names)
    return {**names, "printed": printed, "folder": folder / "results"}


def test_every_figure_is_drawn(done):
    written = {path.name for path in done["folder"].iterdir()}
    pictures = {"life-lines.png", "cache.png", "shares.png", "alone.png", "steps.png"}
    assert written == {"one", "slides.html", *pictures}


def test_the_numbers_are_those_of_the_page(done, page):
    (told,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert "\n".join(done["printed"]) == told.strip()


def test_what_the_page_says_of_the_herd_is_true(done):
    herd, flows = done["herd"], done["flows"]
    assert len(set(herd.record.instances["host"].tolist())) == 100
    held = flows.merge(done["rates"], left_index=True, right_on="flow").query("time <= 60")
    last = held.groupby("flow")["rate"].last()
    assert (last > 0).sum() == 300  # three layers of 100 hosts, of which `os` is none any more
    usable = herd.to_frame("cache_events").query("event == 'inserted' and host >= 0 and time < 60")
    assert set(usable["entry"].tolist()) == {"suite/os"}


def test_the_limits_of_the_page(page, root):
    assert f"More than {life_rows.MOST_REQUESTS:,} requests" in page
    assert f"Beyond {link_chart.MOST_BANDS} transfers" in page
    assert "Up to nine transfers" in page
    assert len(BANDS) == 9
    results = (root / "docs" / "results.md").read_text("utf-8")
    assert f"Beyond {MOST_ROWS // 10**6} million rows" in results
