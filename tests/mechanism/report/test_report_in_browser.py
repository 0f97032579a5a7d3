"""A headless Chromium opens every kind of report: no error, no request, all that moves works.

All pages are opened at once, in frames of one browser, and each test reads what one of them found.
"""

from dataclasses import replace

import pytest
from headless import View, chromium, look
from odd_names import ODD

from fcsim import load, run
from fcsim.report.run_page.pages import comparison_page, report_page
from fcsim.results.result import Result

pytestmark = pytest.mark.skipif(chromium() is None, reason="no Chromium found to open reports in")

TOOLS = """
const rows = () => [...document.querySelectorAll("tr[data-function]")];
const seen = () => rows().filter((row) => row.offsetParent !== null);
const about = () => [...new Set(seen().map((row) => row.dataset.function))];
const type = (text) => {
  const field = document.getElementById("filter");
  field.value = text;
  field.dispatchEvent(new Event("input"));
};
const sorted = (selector, column) => {
  const table = document.querySelector(selector);
  const key = (row) => Number(row.cells[column].dataset.sort);
  const keys = () => [...table.tBodies[0].rows].map(key);
  const ordered = (list, sign) => list.every((one, k) => !k || sign * (one - list[k - 1]) >= 0);
  const button = table.querySelectorAll("thead th")[column].querySelector("button");
  button.click();
  const up = ordered(keys(), 1);
  button.click();
  return [up, ordered(keys(), -1)];
};
const read = (selector, across, down = 0.5) => {
  const plot = document.querySelector(selector);
  const box = plot.getBoundingClientRect();
  const at = {clientX: box.left + across * box.width, clientY: box.top + down * box.height};
  plot.dispatchEvent(new PointerEvent("pointermove", at));
  const readout = plot.querySelector(".readout");
  return readout.hidden ? null : readout.textContent;
};
const fits = () => document.documentElement.scrollWidth <= document.documentElement.clientWidth;
const paper = () => getComputedStyle(document.body).backgroundColor;
"""
RUN = """
const everything = about().length;
type("THUMB");
const filtered = about();
const counted = document.getElementById("filtered").textContent;
type("");
const last = document.querySelectorAll("#bill table.sortable thead th").length - 1;
return {everything, filtered, counted, sorted: sorted("#bill table.sortable", last),
        total: document.querySelector("#bill table.sortable").tFoot.rows.length,
        hover: read("#time .plot[data-hover]", 0.5)};
"""
COMPARE = """
type("latency.p9");
const filtered = about();
const drawn = [...document.querySelectorAll(".spans .row[data-function]")]
  .filter((row) => !row.hidden).map((row) => row.dataset.function);
type("");
return {filtered, drawn, sorted: sorted("#differences table.sortable", 4),
        hover: read("#latency .plot[data-hover]", 0.9)};
"""
SWEEP = """
type("3");
const filtered = about();
type("");
return {filtered, sorted: sorted("#settings table.sortable", 3),
        hover: read("#figures .plot[data-hover]", 0.01)};
"""
MAP = """
const cells = [...document.querySelectorAll("#figures table.heat")][0].querySelectorAll("td");
const colours = [...cells].map((cell) => getComputedStyle(cell).backgroundColor);
return {cells: cells.length, different: new Set(colours).size > 1};
"""
PLAN = """
type("no such setting");
const filtered = about();
type("");
const plot = document.querySelector("#frontier .plot");
const [places, , heights] = JSON.parse(plot.dataset.hover);
return {filtered, settings: places.length, sorted: sorted("#settings table.sortable", 3),
        hover: read("#frontier .plot", places[0] / 100, 1 - heights[0] / 100)};
"""
SENSITIVITY = """
type("unpack");
const filtered = about();
type("");
return {filtered, sorted: sorted("#kpi-0 table.sortable", 1)};
"""


ASKED = {
    "run": RUN, "runs": "", "repeated": "", "band": "", "choice": "", "compare": COMPARE,
    "sweep": SWEEP, "map": MAP, "dots": "", "plan": PLAN, "sensitivity": SENSITIVITY,
    "odd": "return document.scripts.length;",
}  # fmt: skip
"""What is done with each page."""


def asked(script):
    """Return a script that also says whether the page fits, and the colour of its paper."""
    own = f"const own = (() => {{ {script} }})();"
    return f"{TOOLS} {own} return {{own, fits: fits(), paper: paper()}};"


BROKEN = "<html><head><title>x</title></head><body><script>oops()</script></body></html>"
"""A page with an error, to see that errors are seen."""
OOPS = "oops is not defined"


@pytest.fixture(scope="module")
def odd(hand_made):
    """The report of a run with ten functions of odd names."""
    names = [f"f/{name}" for name in ODD.values()]
    number = len(names)
    record = hand_made.record(
        [hand_made.request(k, k, k + 1, k, function=k) for k in range(number)],
        [hand_made.instance(function=k) for k in range(number)],
        functions=[f"f{k}" for k in range(number)],
        name="".join(ODD.values()),
    )
    record.functions = [
        replace(info, name=name) for info, name in zip(record.functions, names, strict=True)
    ]
    return report_page(Result(record))


@pytest.fixture(scope="module")
def found(root, studies, odd, tmp_path_factory):
    """What each page found, by its name: at 1,280 px, and at 390 px in dark colours."""
    result = run(load(root / "scenarios" / "shared-base-layer.yaml"))
    pages = {
        **studies.pages,
        "run": report_page(result),
        "runs": comparison_page({"one": result, "<two>": result}),
        "repeated": studies.pages["runs"],
        "odd": odd,
    }
    wide = {name: View(pages[name], asked(script)) for name, script in ASKED.items()}
    narrow = {f"{name}, phone": View(pages[name], asked(""), 390, dark=True) for name in ASKED}
    every = {**wide, **narrow, "broken": View(BROKEN)}
    answers = look(list(every.values()), tmp_path_factory.mktemp("views"))
    return dict(zip(every, answers, strict=True))


def test_no_page_has_an_error_or_asks_for_anything(found):
    for name, answer in found.items():
        problems = [problem for problem in answer["problems"] if OOPS not in problem]
        assert (problems, answer["fetched"]) == ([], []), name


def test_an_error_would_be_seen(found):
    assert OOPS in found["broken"]["problems"][0]
    assert "CONSOLE" in found["run"]["problems"][0]


def test_every_page_fits_a_screen_and_a_phone_in_both_colours(found):
    for name, answer in found.items():
        if name == "broken":
            continue
        paper = "rgb(21, 24, 28)" if name.endswith("phone") else "rgb(255, 255, 255)"
        assert (answer["found"]["fits"], answer["found"]["paper"]) == (True, paper), name


def test_a_run(found):
    answer = dict(found["run"]["found"]["own"])
    hover = answer.pop("hover")
    assert answer == {
        "everything": 2, "filtered": ["thumbnail"], "counted": "1 of 2", "sorted": [True, True],
        "total": 1,
    }  # fmt: skip
    assert hover.startswith("at 4.97 min\nbusy: 0\nidle: 0")


def test_a_comparison(found):
    answer = dict(found["compare"]["found"]["own"])
    hover = answer.pop("hover")
    tails = ["latency.p95", "latency.p99"]
    assert answer == {
        "filtered": tails, "drawn": tails * 2, "sorted": [True, True],
    }  # fmt: skip
    assert "slim: " in hover
    assert "within" in hover


def test_a_sweep(found):
    answer = dict(found["sweep"]["found"]["own"])
    hover = answer.pop("hover")
    assert answer == {"filtered": ["3"], "sorted": [True, True]}
    assert hover.startswith("min_instances 0\nlatency.p50: ")


def test_a_map(found):
    assert found["map"]["found"]["own"] == {"cells": 4, "different": True}


def test_a_plan(found):
    answer = dict(found["plan"]["found"]["own"])
    hover, settings = answer.pop("hover"), answer.pop("settings")
    assert answer == {"filtered": [], "sorted": [True, True]}
    assert settings > 2
    assert "cost.per_month: " in hover


def test_a_sensitivity(found):
    answer = found["sensitivity"]["found"]["own"]
    assert answer == {"filtered": ["host.unpack_rate"], "sorted": [True, True]}


def test_odd_names_make_no_script(found):
    # the page's own script, what watches it, and the probe
    assert found["odd"]["found"]["own"] == 3
