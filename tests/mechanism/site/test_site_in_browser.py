"""The site builds without a warning; a headless Chromium opens its pages without an error."""

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from headless import FLAGS, WATCH, chromium

from _sphinx.offline import external_loads

DOCS = Path(__file__).parents[3] / "docs"
LESSONS = [path.relative_to(DOCS).with_suffix("") for path in (DOCS / "lessons").rglob("*.md")]
PAGES = (
    *sorted(path.as_posix() for path in LESSONS if path.name[0] != "_"),
    "index",
    "first-hour",
    "compare-and-sweep",
    "scenario-file",
    "generated/api",
    "generated/assumptions",
    "generated/commands",
)
PROBE = """
<script>
addEventListener("load", () => setTimeout(() => parent.postMessage(JSON.stringify({
  problems,
  fetched: performance.getEntriesByType("resource").map((entry) => entry.name),
  wide: document.documentElement.scrollWidth > innerWidth,
  width: innerWidth,
  broken: [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src),
  hits: document.querySelectorAll("ul.search li").length,
}), "*"), 1000));
</script>
</body>"""
FRAME = """<!doctype html>
<iframe width="%d" height="1000" style="border: 0" src="%s"></iframe>
<pre id="told"></pre>
<script>addEventListener("message", (event) => { told.textContent = event.data; });</script>
"""
"""A window is at least 500 px wide; a frame can be as narrow as a phone."""


def test_loads_from_elsewhere_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<link href="https://example.org/a.css" rel="stylesheet"><a href="https://example.org">x</a>'
        '<script src="//example.org/x.js"></script><link rel="canonical" href="https://e.org">'
    )
    (tmp_path / "b.css").write_text(
        "@import 'https://example.org/b.css'; a {background: url(c.png)}"
    )
    assert [found.split(":")[0] for found in external_loads(tmp_path)] == ["a.html"] * 2 + ["b.css"]


@pytest.fixture(scope="module")
def site(root, tmp_path_factory):
    pytest.importorskip("furo", reason="the site needs what make docs installs (fcsim[docs])")
    folder = tmp_path_factory.mktemp("site")
    build = ["-m", "sphinx", "-W", "-q", "-b", "html", "-d", str(folder / "doctrees")]
    command = [sys.executable, *build, str(root / "docs"), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(site):
    assert list(external_loads(site / "html")) == []


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason="no Chromium found to open pages in")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", PAGES)
def test_a_page(site, page, width):
    told = visit(site, site / "html" / f"{page}.html", width)
    assert told["problems"] == []
    assert [url for url in told["fetched"] if not url.startswith("file:")] == []
    assert (told["width"], told["wide"], told["broken"]) == (width, False, [])


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason="no Chromium found to open pages in")
def test_search_works_from_files(site):
    told = visit(site, site / "html" / "search.html", 1280, "?q=keep")
    assert told["problems"] == []
    assert told["hits"] >= 1


def visit(site, file, width, query=""):
    """Open a copy of *file* that tells what is in it, and return what it told."""
    text = file.read_text("utf-8").replace("<title>", f"{WATCH}<title>", 1)
    before, after = text.rsplit("</body>", 1)
    file.with_name("probe.html").write_text(before + PROBE + after, "utf-8")
    frame = file.with_name("frame.html")
    frame.write_text(FRAME % (width, f"probe.html{query}"), "utf-8")
    command = [chromium(), *FLAGS, f"--user-data-dir={site / 'profile'}", "--dump-dom"]
    command += ["--virtual-time-budget=5000", "--window-size=1400,1100", frame.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    answer = json.loads(unescape(re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.S)[1]))
    answer["problems"] += [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return answer
