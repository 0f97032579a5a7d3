"""The progress bar, with a clock in the test's hand."""

import pytest

from fcsim.report import progress


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose last item is the time of day."""
    times = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: times[-1])
    return times


def test_nothing_appears_in_the_first_two_seconds(clock, capsys):
    with progress.Progress(100, enabled=True) as update:
        for clock[0] in (100.0, 101.0, 101.9):
            update(10, 50)
    assert capsys.readouterr() == ("", "")


def test_a_long_run_shows_time_and_requests_on_stderr(clock, capsys):
    with progress.Progress(7200, enabled=True) as update:
        clock.append(102.5)
        update(1800, 123456)
    out, err = capsys.readouterr()
    assert out == ""
    assert " 25 %" in err
    assert "30 min of 2 h simulated, 123,456 requests" in err


def test_it_is_drawn_at_most_five_times_a_second(clock, capsys):
    with progress.Progress(100, enabled=True) as update:
        for k in range(100):
            clock.append(103 + k / 100)
            update(k, k)
    assert 4 <= capsys.readouterr().err.count("of 100 s simulated") <= 8


def test_it_is_silent_in_a_pipe(clock, capsys):
    with progress.Progress(100) as update:
        clock.append(200.0)
        update(50, 1)
    assert capsys.readouterr() == ("", "")


def test_the_cursor_comes_back_after_an_error(clock, capsys):
    bar = progress.Progress(100, enabled=True)
    bar.__enter__()
    clock.append(200.0)
    bar(50, 1)
    bar.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert capsys.readouterr().err.rindex("\x1b[?25h") > 0
