"""What the figures that teach show: rows, bands, marks, curves, texts."""

import re
from dataclasses import replace

import numpy as np
import pytest
from headless import View, chromium, look

from fcsim import load, run
from fcsim.errors import UsageError
from fcsim.report import animate, cache_content, life_lines, life_rows, link_shares, steps
from fcsim.report.life_rows import BUSY, IDLE, PRE_STOP, Bar, Visit
from fcsim.report.state_at import States
from fcsim.report.time_axes import span_axis
from fcsim.results.result import Result
from fcsim.sim.record import Start

NAN = float("nan")
SCENARIO = {
    "fcsim": 1,
    "name": "two hosts",
    "horizon": "2 min",
    "registries": {"acr": {"bandwidth": "100 MB/s", "connection_bandwidth": "100 MB/s"}},
    "pools": {"two": {"hosts": 2, "cpu": 1, "memory": "4 GB", "placement": "spread"}},
    "caches": {"host": {"capacity": "1500 MB"}, "zone": {"capacity": "0 GB"}},
    "images": {
        "app": {"registry": "acr", "layers": {
            "os": {"compressed": "200 MB", "uncompressed": "300 MB"},
            "code": {"compressed": "100 MB", "uncompressed": "150 MB"},
        }},
    },
    "functions": {
        "app": {"image": "app", "cpu": 1, "memory_size": "1024 MB", "pull": "eager",
                "pool": "two", "service": {"time": "2 s"}},
    },
    "workload": {
        "app": {"function": "app", "arrivals": {"bursts": {"size": 2, "every": "90 s"}}},
    },
}  # fmt: skip


SLIDE = """
const slider = document.querySelector("input");
const visible = () => [...document.images].filter((one) => one.offsetParent !== null)
  .map((one) => one.alt);
const seen = [visible()];
for (const value of ["2", "1"]) {
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
  seen.push(visible());
}
return seen;
"""


@pytest.fixture(scope="module")
def traced():
    return run(load(SCENARIO), keep=True, trace=True)


def shapes(axes, label):
    """Return the boxes (begin, end, low, high) of all shapes with a label."""
    from matplotlib.collections import PolyCollection

    found = [one for one in axes.findobj(PolyCollection) if one.get_label() == label]
    paths = [path.vertices for one in found for path in one.get_paths()]
    return [(*np.round([p[:, 0].min(), p[:, 0].max()], 3), p[:, 1].min(), p[:, 1].max())
            for p in paths]  # fmt: skip


def spans(axes, label):
    return [box[:2] for box in shapes(axes, label)]


def labels(axes):
    return axes.get_legend_handles_labels()[1]


def marks(axes, label):
    """Return the points of the marks with a label."""
    found = [one for one in axes.collections if one.get_label() == label]
    return [tuple(np.round(point, 3)) for one in found for point in one.get_offsets().tolist()]


def headline(figure):
    return figure.get_suptitle().replace("\n", " ")


def ticks(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


# ── life lines ────────────────────────────────────────────────────────────────────────────────


def rows_of(result, span=None, function=None, host=None, most=30):
    return life_rows.life_rows(result, span, function, host, most)


def test_a_row_tells_what_an_instance_does_and_for_whom(shop):
    minimum, job, failed, nobody = rows_of(shop).rows
    assert minimum.label == "web #0 minimum"
    assert minimum.bars == [
        Bar(IDLE, 0, 100), Bar(BUSY, 10, 10.2), Bar(BUSY, 11, 11.4), Bar(BUSY, 50, 53),
        Bar(BUSY, 99, 100),
    ]  # fmt: skip
    assert minimum.visits[2:] == [Visit(0, 50, 50, 53, True), Visit(0, 99, 99, 100, False)]
    assert job.bars == [
        Bar("placing", 20, 20.01), Bar("credential", 20.01, 20.1), Bar("pull", 20.1, 21.1),
        Bar("create", 21.1, 21.35), Bar("server", 21.35, 22.5), Bar("initializer", 22.5, 23),
        Bar(IDLE, 23, 85), Bar(BUSY, 23, 25),
    ]  # fmt: skip
    assert job.slots == 2
    assert job.visits == [Visit(0, 20, 23, 24, False), Visit(1, 21, 23, 25, False)]
    assert (failed.label, failed.failed, failed.error) == ("job #2", 46, "ImagePullFailed")
    assert failed.bars[-1] == Bar("pull", 40.1, 46)
    assert nobody.label == "no instance"
    assert nobody.visits == [Visit(0, 30, 30, 30, True), Visit(0, 31, 31, 31, True)]


def test_requests_go_to_the_start_whose_failure_ended_them():
    image = {**SCENARIO["images"]["app"], "server": {"start": "130 s"}}
    bursts = {"size": 1, "every": "1 h"}
    scenario = {
        **SCENARIO,
        "horizon": "4 min",
        "images": {"app": image},
        "workload": {"app": {"function": "app", "arrivals": {"bursts": bursts}}},
    }
    result = run(load(scenario), keep=True)
    (row,) = rows_of(result).rows
    (visit,) = row.visits
    assert row.error == "FunctionNotStarted"
    assert visit == Visit(0, 0.0, row.failed, row.failed, True)


def test_pre_stop_and_versions_are_seen(hand_made):
    request, instance = hand_made.request, hand_made.instance
    record = hand_made.record(
        [request(1, 1, 2, instance=0)], [instance(0, gone=9, stopping=6, version=1)]
    )
    (row,) = rows_of(Result(record)).rows
    assert row.label == "#0 v1"
    assert row.bars == [Bar(IDLE, 0, 6), Bar(BUSY, 1, 2), Bar(PRE_STOP, 6, 9)]


def test_who_waits_in_the_queue_is_in_a_row_of_the_queue(hand_made):
    request, instance = hand_made.request, hand_made.instance
    queued = {"start": Start.QUEUED}
    requests = [
        request(0, 0, 4, instance=0),
        request(1, 4, 8, instance=0, **queued),
        request(2, 8, 9, instance=0, **queued),
        request(3, **queued),
    ]
    served, queue = rows_of(Result(hand_made.record(requests, [instance(0)]))).rows
    assert [visit[1:4] for visit in served.visits] == [(0, 0, 4), (4, 4, 8), (8, 8, 9)]
    assert queue.label == "queue"
    assert queue.slots == 3
    assert [visit[:4] for visit in queue.visits] == [
        (0, 1, 4, 4), (1, 2, 8, 8), (2, 3, 100, 100),
    ]  # fmt: skip


def test_a_span_a_function_and_a_host_choose_instances(shop):
    assert [row.label for row in rows_of(shop, span=(0, 20)).rows] == ["web #0 minimum"]
    assert [row.label for row in rows_of(shop, span=(90, 95)).rows] == ["web #0 minimum"]
    jobs = rows_of(shop, function="job")
    assert [row.label for row in jobs.rows] == ["job #1", "job #2", "no instance"]
    assert rows_of(shop, host=1).rows == []
    with pytest.raises(UsageError, match="unknown function 'jobs'; did you mean 'job'"):
        rows_of(shop, function="jobs")


def test_life_lines_show_waiting_service_phases_and_failures(shop):
    figure = life_lines(shop)
    (axes,) = figure.axes
    assert ticks(axes.yaxis) == ["web #0 minimum", "job #1", "job #2", "no instance"]
    waits = shapes(axes, "a request waits")
    assert [box[:2] for box in waits] == [(20, 23), (21, 23), (40, 46)]
    assert waits[0][2] < waits[1][2] < waits[2][2]  # slots and rows from top to bottom
    assert spans(axes, "a request is served") == [(10, 10.2), (11, 11.4), (99, 100), (23, 24),
                                                  (23, 25)]  # fmt: skip
    assert spans(axes, "a request that fails") == [(50, 53)]
    assert spans(axes, "pull") == [(20.1, 21.1), (40.1, 46)]
    assert [x for x, _ in marks(axes, "a start fails")] == [46]
    assert [x for x, _ in marks(axes, "a request ends without an instance")] == [46, 30, 31]
    assert headline(figure) == (
        "3 instances, 9 requests: 3 wait, the longest 6 s; 3 end without an instance"
    )
    assert axes.get_xlabel() == "time since the start (s)"


def test_life_lines_say_what_they_leave_out(shop, monkeypatch):
    assert headline(life_lines(shop, most=1)).startswith("The first 1 of 3 instances")
    monkeypatch.setattr(life_rows, "MOST_REQUESTS", 5)
    figure = life_lines(shop)
    (axes,) = figure.axes
    assert "too many to be drawn one by one" in axes.get_title(loc="left").replace("\n", " ")
    assert spans(axes, "a request is served") == []
    assert headline(figure) == "3 instances, 9 requests"


def test_many_requests_are_drawn_as_their_number(shop, monkeypatch):
    monkeypatch.setattr(life_rows, "MOST_REQUESTS", 5)
    _, job, _ = rows_of(shop).rows
    assert job.crowd.times.tolist() == [23, 24, 25]
    assert job.crowd.values.tolist() == [2, 1, 0]
    assert Bar(BUSY, 23, 25) in job.bars


def test_life_lines_without_requests_or_instances(shop, nothing):
    figure = life_lines(Result(replace(shop.record, requests={})))
    (axes,) = figure.axes
    assert "did not keep its requests" in axes.get_title(loc="left")
    assert headline(figure) == "3 instances"
    assert spans(axes, "ready") == [(0, 100), (23, 85)]
    assert "ready, idle" not in labels(axes)
    assert "No instance lives" in life_lines(nothing).axes[0].texts[0].get_text()


def test_a_span_axis_writes_seconds_however_late(shop):
    from matplotlib.figure import Figure

    for begin, end, expected in (
        (1328.0, 1328.4, ["1328", "1328.1", "1328.2", "1328.3", "1328.4"]),
        (0.0, 0.5, ["0", "100", "200", "300", "400", "500"]),
        (0.0, 7200.0, ["0", "15", "30", "45", "60", "75", "90", "105", "120"]),
    ):
        axes = Figure().subplots()
        span_axis(axes, begin, end)
        assert ticks(axes.xaxis) == expected


# ── the content of a cache ────────────────────────────────────────────────────────────────────


def test_a_cache_shows_bytes_arrivals_hits_and_misses(traced):
    figure = cache_content(traced, host=0)
    content, events = figure.axes
    # two layers of 300 and 150 MB, unpacked one after the other at 150 MB/s
    tops = sorted({round(box[3]) for box in shapes(content, "_")})
    assert tops == [300_000_000, 450_000_000]
    assert ticks(events.yaxis) == ["app/os", "app/code"]
    missed, found = marks(events, "not found (miss)"), marks(events, "found by a start (hit)")
    usable = marks(events, "usable from here")
    assert len(missed) == len(found) == len(usable) == 2
    assert {x for x, _ in missed} == {0.09}
    assert {round(x) for x, _ in found} == {90}
    assert headline(figure) == "The cache of host 0 has 50 % of 4 layers looked for; nothing goes"
    assert "capacity 1.5 GB, far above" in content.get_title(loc="left")


def test_a_capacity_that_is_near_is_a_line():
    near = load(SCENARIO, overrides=["caches.host.capacity=400 MB"])
    figure = cache_content(run(near, trace=True), host=1)
    content, events = figure.axes
    (line,) = [one for one in content.get_lines() if one.get_linestyle() != "-"]
    assert set(line.get_ydata()) == {4e8}
    assert {"evicted", "not found (miss)"} <= set(labels(events))
    assert "evicted" in headline(figure)


def test_small_entries_are_taken_together(traced):
    figure = cache_content(traced, host=0, most=1)
    assert ticks(figure.axes[1].yaxis) == ["2 others"]


def test_the_zone_has_a_cache_too(traced):
    figure = cache_content(traced, host="zone")
    assert headline(figure).startswith("The zone cache has 0 % of 4 layers looked for; 4 evicted")
    assert "compressed" in figure.axes[0].get_title(loc="left")
    with pytest.raises(UsageError, match="host 7; there are: zone, 0, 1"):
        cache_content(traced, host=7)


# ── the shares of a link ──────────────────────────────────────────────────────────────────────


def test_shares_fill_the_link_and_change_with_the_number(traced):
    figure = link_shares(traced)
    shares, number = figure.axes
    assert headline(figure) == "4 transfers over registry acr, each at 25 MB/s to 50 MB/s"
    assert labels(shares) == ["app/os → host 0", "app/code → host 0", "app/os → host 1",
                              "app/code → host 1"]  # fmt: skip
    # four at 25 MB/s until both codes are there after 4 s, then two at 50 MB/s for 2 s
    (capacity,) = [one for one in shares.get_lines() if one.get_linestyle() != "-"]
    assert set(capacity.get_ydata()) == {1e8}
    tops = [box[3] for label in labels(shares) for box in shapes(shares, label)]
    assert max(tops) == pytest.approx(1e8)
    (curve,) = number.get_lines()
    assert curve.get_ydata().max() == 4
    assert [text.get_text() for text in number.texts] == ["25 MB/s", "50 MB/s"]


def test_a_nic_is_a_link_and_a_span_chooses(traced):
    figure = link_shares(traced, link="nic 1")
    assert headline(figure).startswith("2 transfers over nic 1")
    assert headline(link_shares(traced, span=(5.5, 6))).startswith("2 of 4 transfers over")
    with pytest.raises(UsageError, match="nothing flows over registry acr in this time"):
        link_shares(traced, span=(50, 55))
    with pytest.raises(UsageError, match="accepted: nic 0, nic 1, registry acr"):
        link_shares(traced, link="?")


def test_many_transfers_have_the_colours_of_their_layers():
    scenario = {
        **SCENARIO,
        "pools": {"two": {**SCENARIO["pools"]["two"], "hosts": 6}},
        "workload": {"app": {"function": "app",
                             "arrivals": {"bursts": {"size": 6, "every": "1 h"}}}},
    }  # fmt: skip
    shares, _ = link_shares(run(load(scenario), trace=True)).axes
    assert labels(shares) == ["host 0", "host 1", "host 2", "host 3", "host 4", "host 5"]
    scenario["pools"]["two"]["hosts"] = 10
    scenario["workload"]["app"]["arrivals"]["bursts"]["size"] = 10
    shares, _ = link_shares(run(load(scenario), trace=True)).axes
    assert labels(shares) == ["app/os", "app/code"]


def test_bands_have_lines_between_them_and_none_upright(traced):
    from matplotlib.collections import LineCollection

    shares, _ = link_shares(traced).axes
    (lines,) = [one for one in shares.collections if isinstance(one, LineCollection)]
    heights = [{float(y) for _, y in segment} for segment in lines.get_segments()]
    assert {len(ends) for ends in heights} == {1}
    assert {round(height) for (height,) in heights} == {25_000_000, 50_000_000, 75_000_000, 10**8}


# ── states ────────────────────────────────────────────────────────────────────────────────────


def test_a_state_is_what_is_there_and_what_is_on_its_way(traced):
    states = States(traced)
    assert states.hosts == [0, 1]
    early = states.host(0, 2.11)
    assert early.held == []
    coming = [(one.bytes, round(one.share, 2)) for one in early.arriving]
    assert coming == [(3e8, 0.25), (1.5e8, 0.5)]
    assert [one.what for one in early.instances] == ["pull"]
    assert states.waiting(2.11) == 2
    assert states.rates(2.11).tolist() == [25e6] * 4
    late = states.host(0, 91.5)
    assert [one.bytes for one in late.held] == [3e8, 1.5e8]
    assert late.arriving == []


def test_steps_draw_a_panel_an_instant(traced):
    figure = steps(traced, [0.0, 2.11, 5.0, 40.0])
    panels = [axes for axes in figure.axes if axes.axison]
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles[1] == "t = 2.11 s\n4 flow at 25 MB/s; 2 wait"
    assert titles[3] == "t = 40.00 s\nnothing flows; none waits"
    assert ticks(panels[0].yaxis) == ["host 0", "host 1"]
    explained = [text.get_text() for text in figure.legends[0].get_texts()]
    assert explained[:3] == ["app/os", "app/code", "on its way, received so far"]
    with pytest.raises(UsageError, match="no time was given"):
        steps(traced, [])


def test_without_times_steps_look_at_the_herd(traced):
    assert len([axes for axes in steps(traced, most=1).axes if axes.axison]) == 6
    assert headline(steps(traced, [1.0], most=1)).startswith("The first 1 of 2 hosts")


def test_slides_load_nothing(traced, tmp_path):
    slides = animate(traced, [0.0, 2.0, 5.0])
    page = slides.save(tmp_path / "slides.html").read_text("utf-8")
    assert page.count("<img") == 3
    assert page.count(" hidden>") == 2
    assert set(re.findall(r'src="([^:]*):', page)) == {"data"}
    assert "http" not in page
    assert 'max="2"' in page
    assert slides._repr_html_() == slides.html()
    assert slides.titles == ["t = 0.000 s", "t = 2.000 s", "t = 5.000 s"]


@pytest.mark.skipif(chromium() is None, reason="no Chromium found to move the slider in")
def test_the_slider_turns_the_pages(traced, tmp_path):
    page = animate(traced, [0.0, 2.0, 5.0]).save(tmp_path / "slides.html").read_text("utf-8")
    (seen,) = look([View(page, SLIDE)], tmp_path)
    assert seen["found"] == [["t = 0.000 s"], ["t = 5.000 s"], ["t = 2.000 s"]]
    assert seen["problems"] == []
    assert all(one.startswith("data:") for one in seen["fetched"])


def test_what_needs_a_trace_says_so(shop):
    for draw in (cache_content, link_shares, steps, animate):
        with pytest.raises(UsageError, match="trace=True"):
            draw(shop)


def test_nothing_transferred_has_no_shares():
    warm = load(SCENARIO, overrides=["initial.caches=warm"])
    result = run(warm, keep=True, trace=True)
    with pytest.raises(UsageError, match="nothing was transferred"):
        link_shares(result)
    assert steps(result).axes
