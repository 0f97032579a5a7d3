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
    log_axis,
    names_axis,
    rarity_axis,
    share_axis,
    span_axis,
)
from fcsim.report.html.bars import Bar, bars
from fcsim.report.html.chart import Dots, Hover, Mark, Series, chart, steps
from fcsim.report.html.heat import Heat, heat_map
from fcsim.report.html.markup import Html, code, element, fragment, name, text
from fcsim.report.html.page import Section, grid, page
from fcsim.report.html.spans import Span, spans
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


@pytest.mark.parametrize(
    "low,high,ticks",
    [
        (-111, 0, ["-150", "-100", "-50", "0"]),
        (-0.3, 0.4, ["-0.4", "-0.2", "0", "0.2", "0.4"]),
        (94, 99, ["94", "96", "98", "100"]),
        (5, 5, ["2", "4", "6", "8"]),
        (0, 0, ["-1", "-0.5", "0", "0.5", "1"]),
    ],
)
def test_span_axis(low, high, ticks):
    axis = span_axis(low, high)
    assert [told for _, told in axis.ticks] == ticks
    assert axis.low <= low <= high <= axis.high


def test_log_and_names_axes():
    axis = log_axis(720, 4777)
    assert [told for _, told in axis.ticks] == ["1,000", "2,000", "5,000"]
    assert axis.at(1e9) == 1
    names = names_axis(["a", "b"])
    assert (names.at(0), names.at(1)) == (0.25, 0.75)


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


def test_an_area_can_stand_by_itself_and_dots_have_intervals():
    x, y, nan = linear_axis(4), linear_axis(4), float("nan")
    band = Series("", [0, 4], [2, 2], "sky", base=[1, 1])
    assert '<path d="M0 500 1000 500L1000 750 0 750Z" class="band f-sky"/>' in chart(
        "t", [band], x, y
    )
    dots = Dots("d", [1, 2, 3], [1, nan, 2], "blue", up=([0, nan, nan], [2, 2, nan]), square=True)
    made = chart("t", [dots], x, y)
    assert '<path d="M250 1000L250 500" class="line thin s-blue"/>' in made
    assert '<path d="M250 750h0M750 500h0" class="dot square s-blue"/>' in made
    ring = chart("t", [Dots("r", [1], [1], "ink", ring=True)], x, y)
    assert 'class="dot ring s-ink"' in ring
    assert 'class="dot hole"' in ring


def test_marks_are_shaded_behind_the_curves():
    marks = [Mark("outage", 1, 2, "vermilion"), Mark("outage", 3, 9, "vermilion")]
    made = chart(
        "t", [Series("s", [0, 4], [1, 1], "blue")], linear_axis(4), linear_axis(2), marks=marks
    )
    assert '<rect x="250" y="0" width="250" height="1000" class="shade f-vermilion"/>' in made
    assert made.index("<rect") < made.index("s-blue")
    assert made.count("outage") == 1


def test_points_with_heights_are_read_around_the_pointer():
    hover = Hover([1.0], ["a"], [3.0])
    made = chart("t", [Dots("", [1], [3], "blue")], linear_axis(4), linear_axis(4), hover=hover)
    assert json.loads(re.search(r'data-hover="(.*?)"', made)[1].replace("&quot;", '"')) == [
        [25.0], ["a"], [75.0],
    ]  # fmt: skip
    assert "legend" not in made


def test_spans_share_an_axis():
    rows = [
        Span(name("p99"), -50, 0, "-25 %", -25, about="p99", hint='at "x"'),
        Span("bare", float("nan"), float("nan"), "–", 100),
        Span("bar", 50, 100, "50 to 100"),
    ]
    made = spans("t", rows, span_axis(-100, 100, "%"), lines=[0.0, 50.0], strip=(-10, 10))
    assert 'class="whisker b-blue" style="left:25%;width:25%"' in made
    assert 'class="spot b-blue" style="left:37.5%"' in made
    assert 'class="range b-blue" style="left:75%;width:25%"' in made
    assert made.count('class="rule" style="left:50%"') == 3
    assert made.count('class="rule dotted" style="left:75%"') == 3
    assert made.count('class="strip" style="left:45%;width:10%"') == 3
    assert made.count("whisker") == 1
    assert 'title="at &quot;x&quot;"' in made
    assert '<div class="row" data-function="p99">' in made


def test_a_heat_map_colours_by_value():
    rows = [
        ("0", [Heat(1.0, "1 s"), Heat(3.0, "3 s", "3 ± 1 s")]),
        ("1", [Heat(float("nan"), "–")] * 2),
    ]
    made = heat_map("t", ["a", "b"], rows, "x")
    assert re.findall(r"color-mix\(in srgb,var\(--blue\) (\d+)%", made) == ["0", "62"]
    assert 'title="3 ± 1 s"' in made
    assert made.count("<td>–</td>") == 2


def test_cells_of_stacked_rows_say_what_they_are():
    made = table(
        [Column("a"), Column("b", label="b is"), Column("c", wide=True)], [["1", "2", "3"]]
    )
    assert '<td data-label="b is">2</td>' in made
