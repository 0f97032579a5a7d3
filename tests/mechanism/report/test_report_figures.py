"""What is drawn of a hand-made run: numbers of curves and bars, their sizes, and their texts."""

import sys

import numpy as np
import pytest

from fcsim.report import figures
from fcsim.report.activity import activity_figure, mean_target
from fcsim.report.cost import cost_figure
from fcsim.report.latency import latency_figure
from fcsim.report.phases import phases_figure
from fcsim.report.time_axes import duration_axis
from fcsim.results.result import Result
from fcsim.sim.record import ErrorCode, Happening, Kind, Outcome


def texts(figure_or_axes):
    from matplotlib.text import Text

    return [t.get_text() for t in figure_or_axes.findobj(Text) if t.get_text()]


def labels(axes):
    return axes.get_legend_handles_labels()[1]


def title(axes):
    return axes.get_title(loc="left")


# ── latency ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def latency(shop):
    return latency_figure(shop)


def test_latency_has_a_curve_for_each_kind_of_request(latency):
    left, right = latency.axes
    expected = [
        "all completed (4)",
        "warm (2)",
        "waited for a start (1)",
        "cold (1)",
        "failed (1)",
        "timed out (1)",
    ]
    assert labels(left) == labels(right) == expected
    dashed = [line.get_label() for line in left.get_lines() if line.get_linestyle() == "--"]
    assert dashed == expected[-2:]


def test_the_curve_of_all_completed_is_the_distribution(latency):
    line = latency.axes[0].get_lines()[0]
    assert line.get_xdata().tolist() == pytest.approx([0.2, 0.2, 0.4, 4.0, 4.0])
    assert line.get_ydata().tolist() == [0, 25, 50, 75, 100]


def test_the_slowest_request_is_one_in_all(latency):
    line = latency.axes[1].get_lines()[0]
    assert line.get_ydata().tolist() == [1, 0.75, 0.5, 0.25]
    assert latency.axes[1].get_yscale() == "log"


def test_quantiles_are_those_of_the_kpis(latency, shop):
    marks = [line for line in latency.axes[1].get_lines() if line.get_marker() == "o"]
    kpis = shop.kpis["latency"]
    assert [line.get_xdata()[0] for line in marks] == [kpis["p50"], kpis["p95"], kpis["p99"]]
    assert [line.get_ydata()[0] for line in marks] == pytest.approx([0.5, 0.05, 0.01])
    assert {"p50  2.2 s", "p95  4 s", "p99  4 s"} <= set(texts(latency.axes[1]))


def test_latency_says_what_is_seen_and_of_which_run(latency):
    shown = texts(latency)
    assert "Half of the completed requests take at most 2.2 s, 99 % at most 4 s" in shown
    assert any(text.startswith("shop  ·  seed 1  ·  page, cn-hangzhou") for text in shown)
    assert latency.axes[0].get_xlabel() == "time from arrival to response (log scale)"
    assert latency.axes[0].get_ylabel() == "share of requests (%)"


def test_many_requests_are_drawn_with_few_points(hand_made):
    requests = [hand_made.request(k / 100, k / 100, k / 100 + 0.1 + k / 1e5) for k in range(9000)]
    figure = latency_figure(Result(hand_made.record(requests)))
    line = figure.axes[0].get_lines()[0]
    assert len(line.get_xdata()) <= 2001
    assert line.get_xdata()[-1] == pytest.approx(0.1 + 8999 / 1e5)


# ── what happened ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def eventful(hand_made):
    """A run of 100 s with a fault, a deployment and an exit at one instant."""
    instances = [
        hand_made.instance(0, gone=50, ready=1),
        hand_made.instance(50, gone=90, ready=51, version=1),
    ]
    failed = {"outcome": Outcome.FAILED, "error": ErrorCode.CA_EXITED}
    record = hand_made.record([hand_made.request(2, 2, 3, instance=0, **failed)], instances)
    record.happenings = [
        Happening("fault", "registry outage: acr", 10.0, 30.0),
        Happening("deployment", "deploys v2", 20.0, 40.0, "f"),
        Happening("fault", "container exit", 60.0, 60.0, "f"),
        Happening("state", "Failed", 95.0, function="f"),
        Happening("fault", "after the window", 200.0),
    ]
    return Result(record)


def test_what_happened_is_shaded_and_named(eventful):
    instances, requests, troubles = activity_figure(eventful).axes
    named = {"registry outage: acr", "deploys v2", "container exit", "Failed"}
    assert named <= set(texts(instances))
    assert "after the window" not in texts(instances)
    for axes in (instances, requests, troubles):
        spans = [patch.get_x() for patch in axes.patches if patch.get_alpha() == 0.13]
        widths = [patch.get_width() for patch in axes.patches if patch.get_alpha() == 0.13]
        assert spans == [10.0, 20.0, 95.0]
        assert widths == [20.0, 20.0, 5.0]
    assert not named & set(texts(requests))


def test_instances_of_a_new_version_have_a_curve(eventful):
    assert "of a new version" in labels(activity_figure(eventful).axes[0])


def test_many_happenings_are_not_named(eventful):
    eventful.record.happenings = [
        Happening("fault", f"exit {k}", float(k), float(k)) for k in range(1, 12)
    ]
    assert not any(text.startswith("exit") for text in texts(activity_figure(eventful)))


# ── cold starts ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def starts(shop):
    return phases_figure(shop)


def test_phases_are_stacked_to_the_whole_start(starts):
    bars = starts.axes[0].containers
    widths = {bar.get_label(): bar[0].get_width() for bar in bars}
    assert widths == pytest.approx(
        {
            "placing": 0.01,
            "credential": 0.09,
            "pull": 1.0,
            "create": 0.25,
            "server": 1.15,
            "initializer": 0.5,
        }
    )
    ends = [bar[0].get_x() + bar[0].get_width() for bar in bars]
    assert ends[-1] == pytest.approx(3.0)


def test_failed_starts_have_a_row_of_their_own(starts):
    rows = [label.get_text() for label in starts.axes[0].get_yticklabels()]
    assert rows == ["job", "ImagePullFailed"]
    assert {"3 s  (1, 1 failed)", "1 start failed"} <= set(texts(starts.axes[0]))
    points = [c.get_offsets()[:, 0].tolist() for c in starts.axes[1].collections]
    assert points == [[3.0], [6.0]]


def test_the_longest_phase_is_in_the_headline(starts):
    assert (
        "An instance starts in 3 s on average; its longest phase, server, is 38 % of that"
        in texts(starts)
    )


def test_of_many_functions_the_rest_is_summed_up(hand_made):
    names = tuple(f"f{k:02d}" for k in range(15))
    instances = [
        hand_made.instance(k + n, function=k, ready=k + n + 1)
        for k in range(15)
        for n in range(3 if k < 11 else 1)
    ]
    figure = phases_figure(Result(hand_made.record(instances=instances, functions=names)))
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert rows == [*names[:11], "4 others"]
    assert "1 s  (4)" in texts(figure.axes[0])


# ── activity ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def activity(shop):
    return activity_figure(shop)


def area(polygon):
    x, y = polygon.get_paths()[0].vertices.T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_areas_of_instances_are_their_time(activity, shop):
    top = activity.axes[0]
    assert labels(top) == [
        "busy",
        "idle",
        "starting or stopping",
        "minimum instances",
        "most at once",
    ]
    busy, idle, starting = (area(polygon) for polygon in top.collections)
    kpis = shop.kpis["instances"]
    assert busy == pytest.approx(kpis["mean_busy"] * 100)
    assert idle == pytest.approx(kpis["mean_idle"] * 100)
    assert starting == pytest.approx(3 + 6)


def test_what_policies_asked_for_is_drawn_as_averages(hand_made):
    record = hand_made.record(instances=[hand_made.instance(0, kind=Kind.MINIMUM)], functions="fg")
    record.targets = {
        "function": np.array([0, 1, 0]), "time": np.array([0.0, 0.0, 40.0]),
        "target": np.array([2, 1, 6]),
    }  # fmt: skip
    assert mean_target(record, np.array([0.0, 20.0, 60.0, 100.0])).tolist() == [3.0, 5.0, 7.0]
    assert "minimum asked for" in labels(activity_figure(Result(record)).axes[0])


def test_areas_of_requests_are_their_time(activity):
    served, waiting = (area(polygon) for polygon in activity.axes[1].collections)
    assert served == pytest.approx(0.2 + 0.4 + 1 + 2 + 3 + 1)
    assert waiting == pytest.approx(3 + 2 + 6)


def test_requests_without_success_are_counted_by_outcome(activity):
    bottom = activity.axes[2]
    assert labels(bottom) == ["throttled (2)", "failed (1)", "timed out (1)", "unfinished (1)"]
    assert sum(patch.get_height() for patch in bottom.patches) == 5
    assert title(bottom) == "Requests without success, by arrival (bars of 1 s)"
    assert bottom.get_xlabel() == "time since the start (s)"


def test_activity_names_the_peaks(activity):
    assert "At most 3 instances and 2 requests at once; 2 refused" in texts(activity)


def test_a_run_without_trouble_says_so(hand_made):
    record = hand_made.record([hand_made.request(1, 1, 2, instance=0)], [hand_made.instance(1)])
    figure = activity_figure(Result(record))
    assert title(figure.axes[2]) == "Requests without success: none"
    assert not figure.axes[2].patches


def test_long_windows_show_the_wall_clock(hand_made):
    record = hand_made.record(
        [hand_made.request(4000, 4000, 4001, instance=0)],
        [hand_made.instance(0, kind=Kind.MINIMUM)],
        horizon="26 h",
        warm_up="1 h",
        start="2026-11-23T10:30:00+08:00",
    )
    axes = activity_figure(Result(record)).axes[2]
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks[:3] == ["12:00", "15:00", "18:00"]
    assert "00:00\nTue 24 Nov" in ticks
    assert axes.get_xticks()[0] == 1.5 * 3600
    assert axes.get_xlabel() == "time of day (UTC+08:00)"


# ── cost ──────────────────────────────────────────────────────────────────────────────────────


def test_bars_of_cost_add_up_to_the_bill(shop):
    purpose, function = cost_figure(shop).axes
    for axes in (purpose, function):
        widths = [patch.get_width() for patch in axes.patches]
        assert sum(widths) == pytest.approx(shop.bill.total)
        assert axes.get_xlabel() == "amount (CNY)"
    rows = [label.get_text() for label in function.get_yticklabels()]
    assert rows == ["job", "web"]


def test_amounts_stand_beside_the_bars(shop):
    purpose = cost_figure(shop).axes[0]
    assert purpose.get_yticklabels()[0].get_text() == "minimum charge"
    assert "0.0156  (78 %)" in texts(purpose)


def test_a_discount_goes_left_of_zero(shop, hand_made):
    record = hand_made.record(
        [hand_made.request(1, 1, 51, instance=0)],
        [hand_made.instance(1)],
        billing={"discount": "50 %", "book": "international-2025-08-27"},
    )
    result = Result(record)
    (axes,) = cost_figure(result).axes
    left = [patch for patch in axes.patches if patch.get_width() < 0]
    assert len(left) == 1
    assert sum(p.get_width() for p in axes.patches) == pytest.approx(result.bill.total)


# ── all of them ───────────────────────────────────────────────────────────────────────────────


def test_empty_runs_still_give_figures_that_say_so(nothing):
    drawn = figures.all_figures(nothing)
    shown = {name: texts(figure) for name, figure in drawn.items()}
    assert "None of 0 requests completed" in shown["latency"]
    assert "No request completed, failed or timed out in the\nwindow." in shown["latency"]
    assert "No instance became ready or failed in the\nwindow." in shown["cold-starts"]
    assert "No request arrived and no instance was created" in shown["activity"]
    assert "The bill has no lines." in shown["cost"]
    assert "None of 0 requests completed" in shown["overview"]


def test_the_overview_has_four_panels(shop):
    panels = figures.overview(shop).axes
    assert [title(axes) for axes in panels] == [
        "Requests that took longer than x",
        "Mean by phase",
        "Instances alive",
        "By purpose",
    ]


def test_files_are_the_same_bytes_each_time(shop, tmp_path):
    paths = figures.save_figures(shop, tmp_path / "a", formats=("svg",))
    again = figures.save_figures(Result(shop.record), tmp_path / "b", formats=("svg",))
    assert [path.name for path in paths] == [
        "overview.svg",
        "latency.svg",
        "cold-starts.svg",
        "activity.svg",
        "cost.svg",
    ]
    for one, other in zip(paths, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert b"<dc:date>" not in one.read_bytes()


def test_notebooks_show_figures_without_pyplot(shop):
    assert cost_figure(shop)._repr_png_().startswith(b"\x89PNG")


def test_nothing_is_left_in_pyplot_or_in_the_settings(shop):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    latency_figure(shop)
    assert dict(mpl.rcParams) == before
    assert sys.modules["matplotlib.pyplot"].get_fignums() == []


@pytest.mark.parametrize(
    "low, high, shown",
    [
        (0.012, 0.9, ["20 ms", "50 ms", "100 ms", "200 ms", "500 ms"]),
        (0.001, 3000.0, ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "1 min", "10 min"]),
        (1.0, 1.1, ["500 ms", "700 ms", "1 s", "1.5 s", "2 s"]),
        (20.0, 300.0, ["20 s", "30 s", "1 min", "2 min", "5 min"]),
    ],
)
def test_logarithmic_axes_have_round_times_that_fit(low, high, shown):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    duration_axis(axes, low, high)
    assert [label.get_text() for label in axes.get_xticklabels()] == shown
