"""The building blocks of pages: escaping, tables, charts, bars, axes."""

import json
import re

import numpy as np
import pytest

from fcsim import load
from fcsim.report.html.axis import (
    clock_axis,
    duration_axis,
    linear_axis,
    rarity_axis,
    share_axis,
)
from fcsim.report.html.bars import Bar, bars
from fcsim.report.html.chart import Hover, Series, chart, steps
from fcsim.report.html.markup import Html, code, element, fragment, name, text
from fcsim.report.html.page import Section, grid, page
from fcsim.report.html.table import Cell, Column, Row, table

# ── markup ────────────────────────────────────────────────────────────────────────────────────


def test_text_is_escaped_and_html_is_not():
    assert element("td", "<b>\"a\" & 'b'") == "<td>&lt;b&gt;&quot;a&quot; &amp; &#x27;b&#x27;</td>"
    assert element("td", element("b", "x"), 1, None, ["y", Html("<i></i>")]) == (
        "<td><b>x</b>1y<i></i></td>"
    )
    assert fragment("<", Html("<br>")) == "&lt;<br>"


def test_attributes():
    made = element("input", type="search", hidden=True, disabled=False, value=None, data_x='"<')
    assert made == '<input type="search" hidden data-x="&quot;&lt;">'
    assert element("td", class_="number") == '<td class="number"></td>'
    assert element("line", x1=1) == '<line x1="1"/>'


def test_characters_that_pages_must_not_hold_are_replaced():
    assert text("a\x00b\x1b\r\x85\ud800\n\t") == "a\ufffdb\ufffd\ufffd\ufffd\ufffd\n\t"


def test_names_are_isolated_and_cut():
    assert name("checkout") == '<bdi class="short">checkout</bdi>'
    assert code("a.b") == '<code><bdi class="short">a.b</bdi></code>'
    long = name("x" * 10_000)
    assert f">{'x' * 95}…</bdi>" in long
    assert len(long) < 2200


# ── page ──────────────────────────────────────────────────────────────────────────────────────


def test_a_page_holds_its_sections_and_asks_for_nothing():
    made = page("A & B", [Section("one", "First", element("p", "text"))], lead="<lead>")
    assert '<section id="one"><h2>First</h2><p>text</p></section>' in made
    assert '<a href="#one">First</a>' in made
    assert "<title>A &amp; B</title>" in made
    assert "&lt;lead&gt;" in made
    assert not re.search(r"https?:|\bsrc=|@import|url\(", made)
    assert made == page("A & B", [Section("one", "First", element("p", "text"))], lead="<lead>")


def test_the_filter_is_there_when_it_has_something_to_filter():
    assert 'id="filter"' not in page("x", [])
    assert 'id="filter"' in page("x", [], filtered="KPIs")
    assert grid("a", "b") == '<div class="grid">ab</div>'


# ── table ─────────────────────────────────────────────────────────────────────────────────────


def test_a_table():
    columns = [Column("function"), Column("p99", number=True)]
    rows = [Row([name("f"), Cell("1.2 s", 1.2)], "f"), ["g", Cell("–", float("nan"))]]
    made = table(columns, rows, totals=[["total", "2"]])
    assert '<table class="sortable">' in made
    assert '<tr data-function="f">' in made
    assert '<td class="number" data-sort="1.2">1.2 s</td>' in made
    assert '<td class="number" data-sort="">–</td>' in made
    assert "<tfoot><tr><td>total</td>" in made


def test_tables_scroll_stack_and_need_no_sorting_of_one_row():
    one = table([Column("a"), Column("b", wide=True)], [["x", "y"]])
    assert one.startswith('<div class="scroll" tabindex="0"><table class="stack">')
    many = table([Column("a")], [[str(k)] for k in range(61)])
    assert many.startswith('<div class="scroll tall"')


def test_a_row_of_the_wrong_length_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        table([Column("a")], [["x", "y"]])


# ── axes ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "high,whole,ticks",
    [
        (0, False, ["0", "0.25", "0.5", "0.75", "1"]),
        (7, True, ["0", "2", "4", "6", "8"]),
        (2, True, ["0", "1", "2"]),
        (767, False, ["0", "200", "400", "600", "800"]),
        (12_000, True, ["0", "5,000", "10,000", "15,000"]),
    ],
)
def test_linear_axis(high, whole, ticks):
    axis = linear_axis(high, whole=whole)
    assert [told for _, told in axis.ticks] == ticks
    assert axis.high >= high
    assert (axis.at(0), axis.at(axis.high), axis.at(2 * axis.high)) == (0, 1, 1)


def test_duration_axis():
    axis = duration_axis(0.01, 400.0)
    assert [told for _, told in axis.ticks] == ["10 ms", "100 ms", "1 s", "10 s", "1 min", "5 min"]
    assert axis.at(2.0) == pytest.approx(0.5, abs=0.01)
    narrow = duration_axis(1.0, 1.0)
    assert (narrow.low, narrow.high) == pytest.approx((0.5 / 1.1, 2.2))
    assert duration_axis(0.0, 0.0).ticks


def test_rarity_and_share_axes():
    assert [told for _, told in rarity_axis(480_000).ticks][-2:] == ["1 in 100 k", "1 in 1 M"]
    assert [told for _, told in rarity_axis(1).ticks] == ["all", "1 in 10"]
    assert share_axis().at(0.25) == 0.25


def test_clock_axis(root):
    scenario = load(root / "scenarios" / "flash-sale.yaml")
    short = clock_axis(scenario)
    assert (short.label, [told for _, told in short.ticks]) == (
        "time since the start (min)", ["0", "5", "10", "15"],
    )  # fmt: skip
    day = clock_axis(load(root / "scenarios" / "flash-sale.yaml", overrides=["horizon=24 h"]))
    assert day.label == "time of day (UTC+08:00)"
    assert [told for _, told in day.ticks][:3] == ["Tue 24 Nov", "06:00", "12:00"]


# ── drawings ──────────────────────────────────────────────────────────────────────────────────


def test_a_chart_draws_curves_and_stacked_areas():
    edges = np.array([0.0, 50.0, 100.0])
    series = [
        Series("low", *steps(edges, [1, 1]), "blue", area=True),
        Series("high", *steps(edges, [1, 3]), "sky", area=True),
        Series("line", *steps(edges, [4, 2]), "ink", dashed=True),
    ]
    x, y = linear_axis(100), linear_axis(4, "instances")
    made = chart("<title>", series, x, y, hover=Hover([25.0], ['a\n"b"']), function="f")
    assert "&lt;title&gt;" in made
    assert '<path d="M0 750 1000 750L1000 1000 0 1000Z" class="f-blue"/>' in made
    assert '<path d="M0 500 500 500 500 0 1000 0L1000 750 0 750Z" class="f-sky"/>' in made
    assert '<path d="M0 0 500 0 500 500 1000 500" class="line s-ink dashed"/>' in made
    assert made.startswith('<figure class="chart" data-function="f">')
    told = json.loads(re.search(r'data-hover="(.*?)"', made)[1].replace("&quot;", '"'))
    assert told == [[25.0], ['a\n"b"']]


def test_points_between_others_of_one_height_are_left_out():
    flat = Series("x", list(range(101)), [1.0] * 101, "blue")
    assert '"M0 0 1000 0"' in chart("t", [flat], linear_axis(100), linear_axis(1))


def test_bars_share_one_scale():
    made = bars(
        "t", [Bar("a", {"x": 1.0, "y": 2.0}, "3"), Bar("b", {"x": 1.5}, "1.5", "f")],
        {"x": "blue", "y": "sky", "z": "grey"}, least=6.0,
    )  # fmt: skip
    widths = re.findall(r"width:([\d.]+)%", made)
    assert widths == ["16.67", "33.33", "25"]
    assert "b-grey" not in made
    assert '<div data-function="f">' in made
    assert "<figcaption>t</figcaption>" in bars("t", [], {"x": "blue"})
