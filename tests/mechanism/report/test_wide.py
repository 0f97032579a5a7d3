"""Tables with more columns than there is room for."""

from fcsim.report.console import text
from fcsim.report.wide import Wide

HEADINGS = [("knob", "right"), ("mean", "right"), ("latency.\np99", "right"), ("cost", "right")]
ROWS = [["1", "0.5 s", "1.81 ± 0.18 s", "2,409 CNY"], ["10", "0.4 s", "1.50 ± 4.00 s", "730 CNY"]]


def lines(width):
    table = Wide(HEADINGS)
    for row in ROWS:
        table.add_row(*row)
    return text(table, width).rstrip("\n").split("\n")


def test_where_there_is_room_it_is_one_table():
    assert lines(80) == [
        "                  latency.",
        "knob   mean            p99       cost",
        "   1  0.5 s  1.81 ± 0.18 s  2,409 CNY",
        "  10  0.4 s  1.50 ± 4.00 s    730 CNY",
    ]


def test_elsewhere_the_rest_stands_below_and_no_figure_is_cut():
    assert lines(30) == [
        "                  latency.",
        "knob   mean            p99",
        "   1  0.5 s  1.81 ± 0.18 s",
        "  10  0.4 s  1.50 ± 4.00 s",
        "",
        "knob       cost",
        "   1  2,409 CNY",
        "  10    730 CNY",
    ]


def test_a_figure_wider_than_the_room_has_a_part_of_its_own():
    assert [line for line in lines(10) if line == ""] == ["", ""]
