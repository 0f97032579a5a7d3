"""What ``fcsim run`` prints of a hand-made run, word by word, and its JSON."""

import json
from dataclasses import replace

import pytest

from fcsim.report.console import columns, text
from fcsim.report.document import summary_json
from fcsim.report.tables import summary
from fcsim.results.result import Result

FIGURES = """\
shop: seed 1, 100 s from 2026-11-23 00:00, preset page, cn-hangzhou,
simulated in 0 s (reference engine)

Requests     9 arrived, 4 completed (44.4 %), 2 throttled (22.2 %), 1 failed (11.1 %),
             1 timed out (11.1 %), 1 unfinished (11.1 %)
Cold starts  1 request (25 % of completed), 1 more waited for a starting instance
Instances    3 created, at most 3 at once, on average 1.71 (0.066 busy, 1.55 idle), mean life 35.5 s
Images       40 MB pulled in 1 start, 0 B found on hosts, 6.9 s of pulling billed

Times
              mean    p50  p90  p95  p99  p99.9  max
latency     2.15 s  2.2 s  4 s  4 s  4 s    4 s  4 s
cold start     3 s    3 s       3 s  3 s

Mean time of an instance's start by phase
placing  credential  pull  create  server  initializer
  10 ms       90 ms   1 s  250 ms  1.15 s       500 ms

Errors
requests  status  code                  when
       2     429  ResourceExhausted     instance quota, growth limit or function maximum reached
       1     200  FunctionTimeoutError  the function ran longer than its timeout
       1     412  ImagePullFailed       the registry did not deliver (name is fcsim's: none is
                                        documented)

Cost
"""


def section(text, heading):
    return text.split(f"\n{heading}\n")[1].split("\n\n")[0].splitlines()


@pytest.fixture(scope="module")
def wide(shop):
    return text(summary(shop), 100)


def test_figures_and_errors_come_first(wide):
    assert wide[: len(FIGURES)] == FIGURES


def test_cost_lines_add_up_by_purpose(wide):
    lines = section(wide, "Cost")
    assert lines[1].split() == ["minimum", "charge", "0.0156", "78", "%", "2", "function·h"]
    assert "image pulls" in lines[4]
    assert lines[4].endswith("6.9 vCPU·s, 6.9 GB·s memory")
    assert lines[-2].split() == ["total", "0.02", "prices", "of", "china-2026-08-27"]
    assert lines[-1].split() == ["30", "days", "like", "this", "112.54"]


def test_functions_are_busiest_first(wide):
    heading, job, web = section(wide, "Functions, busiest first")
    assert heading.split()[:4] == ["function", "requests", "success", "p50"]
    assert job.split() == ["job", "5", "40", "%", "4", "s", "4", "s", "1", "0.71", "0.01"]
    assert web.split()[:2] == ["web", "4"]


def test_assumptions_keep_their_order_and_show_value_and_range(wide):
    lines = section(wide, "Assumptions this rests on")
    assert [line.split()[0] for line in lines[:2]] == ["dispatch.policy", "host.unpack_rate"]
    assert lines[1].split()[1:8] == ["150", "MB/s", "60", "MB/s", "to", "500", "MB/s"]
    assert lines[1].endswith("…"), "a note that does not fit is cut"
    assert lines[-1] == "(all of it: fcsim presets page)"


def test_warnings_come_last(wide):
    assert wide.endswith("Warnings\n-  job shares nothing\n")


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_and_are_plain_text(shop, width):
    lines = text(summary(shop), width).splitlines()
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") or "\x1b" in line or "│" in line for line in lines)


def test_a_long_heading_pushes_no_other_column_out():
    table = columns(("setting", "left"), ("functions." + "long-" * 20 + ".latency.p99", "right"))
    table.add_row("min_instances 2", "1.48 s")
    heading, row = text(table, width=80).splitlines()
    assert (heading[:7], heading[-1]) == ("setting", "…")
    assert row.split() == ["min_instances", "2", "1.48", "s"]


def test_no_line_breaks_between_a_number_and_its_unit(shop):
    for width in range(60, 121, 7):
        for line in text(summary(shop), width).splitlines():
            assert line.split(" ")[0] not in {"%", "s", "ms", "MB"}


def test_a_notebook_gets_plain_text_too(shop, wide, monkeypatch):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert text(summary(shop), 100) == wide


def test_of_many_functions_ten_are_shown(hand_made):
    names = tuple(f"f{k:02d}" for k in range(13))
    requests = [
        hand_made.request(1.0 + k, ended=1.0 + k, function=k % 13, outcome=2, error=1)
        for k in range(20)
    ]
    result = Result(hand_made.record(requests, functions=names))
    lines = section(text(summary(result)), "Functions, busiest first")
    assert [line.split()[0] for line in lines[1:11]] == [*names[:7], *names[7:10]]
    assert lines[11] == "and 3 more"


def test_an_empty_run_has_no_times_errors_or_functions(nothing):
    shown = text(summary(nothing))
    assert "Requests     0 arrived\nCold starts  none\n" in shown
    assert "Images       none pulled" in shown
    for heading in ("Times", "Errors", "Functions", "Warnings", "nan", "Mean time"):
        assert heading not in shown


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────


def test_json_is_plain_and_deterministic(shop):
    written = json.dumps(summary_json(shop), allow_nan=False)
    assert written == json.dumps(summary_json(Result(shop.record)), allow_nan=False)
    assert json.loads(written) == summary_json(shop)


def test_json_does_not_depend_on_wall_time(shop):
    slower = Result(replace(shop.record, wall_seconds=9.0))
    assert summary_json(slower) == summary_json(shop)


def test_json_says_what_was_run(shop):
    document = summary_json(shop)
    assert list(document) == [
        "fcsim", "scenario", "seed", "replication", "preset", "region", "window",
        "kpis", "bill", "assumptions", "warnings",
    ]  # fmt: skip
    assert document["scenario"] == "shop"
    assert document["window"] == [0.0, 100.0]
    assert document["kpis"]["latency"]["max"] == 4.0
    assert document["kpis"]["functions"]["job"]["requests"]["throttled"] == 2
    assert document["kpis"]["queue"]["mean"] is None
    assert document["warnings"] == ["job shares nothing"]


def test_json_bill_adds_up(shop):
    bill = summary_json(shop)["bill"]
    assert sum(line["amount"] for line in bill["lines"]) == pytest.approx(bill["total"], rel=1e-12)
    assert list(bill["lines"][0]) == [
        "function", "item", "quantity", "unit", "cu", "price", "amount",
    ]  # fmt: skip


def test_json_assumptions_have_values_in_inner_units_and_as_text(shop):
    rate = summary_json(shop)["assumptions"]["host.unpack_rate"]
    assert rate["value"] == 150e6
    assert rate["text"] == "150 MB/s"
    assert (rate["low"], rate["high"]) == (60e6, 500e6)
    assert rate["provenance"] == "assumed"
