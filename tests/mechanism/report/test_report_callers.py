"""What is drawn and written of callers: attempts against calls, the queue of messages."""

import numpy as np
import pytest

from fcsim import load, run
from fcsim.report.callers import caller_figures, calls_figure, messages_figure
from fcsim.report.console import text
from fcsim.report.tables import summary
from fcsim.results.caller_course import oldest


def scenario(workload, **function):
    return load(
        {
            "fcsim": 1,
            "horizon": "100 s",
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {"f": {"image": "i", "scaling_config": {"max_instances": 1}, **function}},
            "workload": {"w": {"function": "f", **workload}},
        }
    )


@pytest.fixture(scope="module")
def calls():
    """Two calls at 30 s: one is served for 20 s, the other refused at 30, 34, 42 s and served."""
    client = {"retries": 3, "backoff": "4 s", "jitter": "none"}
    arrivals = {"bursts": {"size": 2, "every": "1 h", "first": "30 s"}}
    return run(scenario({"arrivals": arrivals, "client": client}, service={"time": "20 s"}))


@pytest.fixture(scope="module")
def messages():
    """Four messages at 30 s that take 20 s each; none may be older than 50 s."""
    arrivals = {"bursts": {"size": 4, "every": "1 h", "first": "30 s"}}
    return run(
        scenario(
            {"arrivals": arrivals, "invocation_type": "async"},
            service={"time": "20 s"},
            async_invoke_config={"max_async_event_age_in_seconds": 50},
        )
    )


def heights(axes):
    """Return the sum of all bars of each part, by its label."""
    labels = axes.get_legend_handles_labels()[1]
    sums = [sum(patch.get_height() for patch in container) for container in axes.containers]
    return dict(zip(labels, sums, strict=False))


def test_attempts_stand_beside_calls(calls):
    figure = calls_figure(calls)
    sent, ends = figure.axes
    assert heights(sent) == {"first attempts": 2.0, "retries": 3.0}
    assert heights(ends) == {"succeeded (2)": 2.0}
    assert figure.get_suptitle() == (
        "2 calls send 2.5 requests each; 100 % are answered in the end"
    )


def test_the_queue_and_the_age_of_its_oldest_message(messages):
    figure = messages_figure(messages)
    backlog, age, ends = figure.axes
    process, waiting = (np.ptp(part.get_paths()[0].vertices[:, 1]) for part in backlog.collections)
    assert (process, waiting) == (1.0, 4.0)  # at most; the second stands on the first
    assert max(age.get_lines()[0].get_ydata()) == pytest.approx(60, abs=0.5)
    assert heights(ends) == {"succeeded (3)": 3.0, "dropped as too old (1)": 1.0}
    assert figure.get_suptitle() == (
        "At most 4 messages at once; the slowest takes 60 s; 1 are given up or dropped"
    )


def test_figures_are_those_of_the_callers_there_are(calls, messages, shop):
    assert list(caller_figures(calls)) == ["calls"]
    assert list(caller_figures(messages)) == ["messages"]
    assert caller_figures(shop) == {}


def test_the_oldest_is_the_first_that_has_not_ended():
    arrival, ended = np.array([0.0, 1.0, 2.0, 9.0]), np.array([4.0, 7.0, 3.0, np.nan])
    times = np.array([0.0, 2.0, 4.0, 6.5, 7.0, 8.0, 10.0])
    assert oldest(arrival, ended, times).tolist() == [0, 2, 3, 5.5, 0, 0, 1]
    assert oldest(arrival[:0], ended[:0], times).tolist() == [0] * 7


def test_the_summary_tells_calls_and_messages(calls, messages, shop):
    assert "2 made, 2 completed (100 %), 2.5 requests for each" in text(summary(calls))
    told = text(summary(messages))
    assert "4 accepted, 3 delivered (75 %), 1 expired (25 %), 0.75 requests for each" in told
    assert "Calls" not in text(summary(shop))
