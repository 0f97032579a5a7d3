"""A headless Chromium opens reports: no error, no request, filter, sorting and hover work."""

import pytest
from headless import chromium, look

from fcsim import load, run
from fcsim.report.run_page.pages import comparison_page, report_page

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium found to open reports in")

USE = """
const field = document.getElementById("filter");
const visible = () => [...document.querySelectorAll("tr[data-function]")]
  .filter((row) => row.offsetParent !== null).map((row) => row.dataset.function);
const everything = new Set(visible()).size;
field.value = "THUMB";
field.dispatchEvent(new Event("input"));
const filtered = [...new Set(visible())];
const counted = document.getElementById("filtered").textContent;
field.value = "";
field.dispatchEvent(new Event("input"));

const table = document.querySelector("#bill table.sortable");
const last = table.querySelectorAll("th").length - 1;
const amounts = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[last].dataset.sort));
const button = table.querySelectorAll("th")[last].querySelector("button");
button.click();
const up = amounts();
button.click();
const down = amounts();
const sorted = (list, sign) => list.every((value, k) => !k || sign * (value - list[k - 1]) >= 0);

const plot = document.querySelector("#time .plot[data-hover]");
const box = plot.getBoundingClientRect();
plot.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + box.width / 2}));
const readout = plot.querySelector(".readout");
return {everything, filtered, counted, up: sorted(up, 1), down: sorted(down, -1),
        total: table.tFoot.rows.length, hover: readout.hidden ? null : readout.textContent,
        wide: document.documentElement.scrollWidth <= innerWidth,
        paper: getComputedStyle(document.body).backgroundColor};
"""


@pytest.fixture(scope="module")
def result(root):
    return run(load(root / "scenarios" / "shared-base-layer.yaml"))


@pytest.mark.parametrize(
    "scheme,paper", [("light", "rgb(255, 255, 255)"), ("dark", "rgb(21, 24, 28)")]
)
def test_a_report(result, tmp_path, scheme, paper):
    answer = look(report_page(result), tmp_path, USE, scheme)
    assert (answer["problems"], answer["fetched"]) == ([], [])
    found = answer["found"]
    hover = found.pop("hover")
    assert found == {
        "everything": 2, "filtered": ["thumbnail"], "counted": "1 of 2", "up": True,
        "down": True, "total": 1, "wide": True, "paper": paper,
    }  # fmt: skip
    assert hover.startswith("at 4.97 min\nbusy: 0\nidle: 0")


def test_a_comparison(result, tmp_path):
    answer = look(comparison_page({"one": result, "<two>": result}), tmp_path)
    assert (answer["problems"], answer["fetched"]) == ([], [])


def test_the_probe_sees_errors_and_requests(tmp_path):
    page = "<html><head><title>x</title></head><body><script>oops()</script></body></html>"
    answer = look(page, tmp_path)
    assert any("oops is not defined" in problem for problem in answer["problems"])
