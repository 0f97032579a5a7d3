"""Runs that keep no rows: the same figures, less memory, and clear words for what is missing."""

import gc
import json
import tracemalloc

import numpy as np
import pytest

from fcsim import load, load_result, run, runner
from fcsim.cli import main
from fcsim.errors import InvariantError, UsageError
from fcsim.report.console import text
from fcsim.report.document import summary_json
from fcsim.report.figures import render
from fcsim.report.tables import summary
from fcsim.results.conservation import violations
from fcsim.results.folds import Folds
from fcsim.results.request_summary import RequestSummary
from fcsim.results.rows import RowsFile, rows_beside
from fcsim.sim.record import NUMBER, FunctionInfo

SHOP = {
    "fcsim": 1,
    "name": "shop",
    "seed": 3,
    "horizon": "200 s",
    "warm_up": "20 s",
    "drain": "1 s",
    "images": {"i": {"compressed": "100 MB"}},
    "function_defaults": {"image": "i", "cpu": 1, "memory_size": "1024 MB"},
    "functions": {
        "alone": {"service": {"time": {"exponential": "1 s"}}, "timeout": "3 s"},
        "shared": {
            "instance_concurrency": 5,
            "service": {"time": {"exponential": "2 s"}, "vcpu": 0.1},
            "scaling_config": {"min_instances": 2, "max_instances": 3},
        },
    },
    "workload": {
        "a": {"function": "alone", "arrivals": {"poisson": "5/s"}},
        "b": {"function": "shared", "arrivals": {"poisson": "6/s"}},
    },
}


@pytest.fixture(scope="module")
def shop():
    return load(SHOP)


@pytest.fixture(scope="module")
def kept(shop):
    return run(shop, keep=True)


@pytest.fixture(scope="module")
def streamed(shop):
    return run(shop, keep=False)


def test_figures_are_the_same_to_the_bit(kept, streamed):
    outcomes = kept.kpis["requests"]
    assert min(outcomes[k] for k in ("completed", "throttled", "timed_out", "unfinished")) > 0
    np.testing.assert_equal(streamed.kpis, kept.kpis)
    np.testing.assert_equal(streamed.series.values, kept.series.values)
    np.testing.assert_equal(streamed.series.region, kept.series.region)
    assert streamed.bill.lines == kept.bill.lines
    assert streamed.phases == kept.phases


def test_reports_are_the_same_bytes(kept, streamed):
    assert summary_json(streamed) == summary_json(kept)
    assert render(streamed, ["png"]) == render(kept, ["png"])
    streamed.record.wall_seconds = kept.record.wall_seconds
    assert text(summary(streamed)) == text(summary(kept))


def test_kept_rows_folded_again_give_the_same(kept):
    again = type(kept)(kept.record)
    for group in ("requests", "cold_start", "instances", "errors"):
        np.testing.assert_equal(again.kpis[group], kept.kpis[group])
    assert again.kpis["latency"] == pytest.approx(kept.kpis["latency"], rel=1e-12)


@pytest.mark.parametrize("ask", [
    lambda result: result.record.requests["arrival"],
    lambda result: result.to_frame("requests"),
])  # fmt: skip
def test_missing_rows_are_told_clearly(streamed, ask):
    with pytest.raises(UsageError, match=r"did not keep the rows of its requests.*keep=True"):
        ask(streamed)


def test_the_expected_size_decides(shop, monkeypatch):
    assert len(run(shop).record.requests["arrival"]) > 2000
    monkeypatch.setattr(runner, "KEPT", 2000)
    assert not run(shop).record.requests
    assert run(shop, keep=True).record.requests


# ── conservation without rows ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "column, change, said",
    [
        ("busy", lambda rows: rows["busy"] * 1.01, "column busy differs"),
        ("busy", lambda rows: rows["busy"] * 1.01, "longer than all requests together"),
        ("busy", lambda rows: rows["busy"] / 1e3, "shorter than the longest request"),
        ("requests", lambda rows: rows["requests"] + 1, "column requests differs"),
        ("ready", lambda rows: rows["ready"] + 0.5, "a request before it was ready"),
        ("stopping", lambda rows: rows["ready"] + 0.01, "after it was taken out of service"),
    ],
)
def test_one_lie_about_instances_is_found(shop, column, change, said):
    result = run(shop, keep=False)
    assert violations(result.record, result.folds) == []
    instances = result.record.instances
    instances[column] = change(instances)
    assert any(said in message for message in violations(result.record, result.folds))


def test_a_request_that_breaks_a_rule_ends_the_run(shop, monkeypatch):
    class Lying(Folds):
        def __call__(self, block):
            block = {name: column.copy() for name, column in block.items()}
            block["ended"][5:6] = block["arrival"][5:6] - 1
            super().__call__(block)

    monkeypatch.setattr(runner, "Folds", Lying)
    with pytest.raises(InvariantError, match="ended before it began"):
        run(shop, keep=False)


# ── time series ───────────────────────────────────────────────────────────────────────────────


def test_series_of_the_region_only(shop, kept, tmp_path):
    region = run(shop, keep=False, series="region")
    assert region.series.functions == ()
    np.testing.assert_equal(region.series.region, kept.series.region)
    with pytest.raises(UsageError, match="--series functions"):
        region.series.of("FunctionAvgDuration", "alone")
    back = load_result(region.save(tmp_path / "out"))
    assert not (tmp_path / "out" / "series.csv").exists()
    np.testing.assert_equal(back.series.region, kept.series.region)


def test_many_functions_get_series_on_request_only(shop, monkeypatch):
    monkeypatch.setattr("fcsim.results.folds.SERIES_FUNCTIONS", 1)
    assert run(shop).series.functions == ()
    assert run(shop, series="functions").series.functions == ("alone", "shared")


def test_an_unknown_series_is_named(shop):
    with pytest.raises(UsageError, match="did you mean 'functions'"):
        run(shop, series="function")


# ── records block by block ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_rows_written_while_running_are_the_rows(shop, kept, tmp_path, form, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr("fcsim.sim.requests.reference.ROWS", 500)
    with rows_beside(tmp_path / "out", form) as rows:
        result = run(shop, keep=False, rows=rows)
        back = load_result(result.save(tmp_path / "out", form))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    found = back.record.requests
    order, same = np.argsort(found["arrival"]), np.argsort(kept.record.requests["arrival"])
    for name, column in kept.record.requests.items():
        np.testing.assert_array_equal(found[name][order], column[same], err_msg=name)
    assert back.kpi("requests.arrived") == kept.kpi("requests.arrived")


def test_a_run_that_fails_leaves_no_file(tmp_path):
    def fail():
        with rows_beside(tmp_path / "out", "csv") as rows:
            rows.open(["f"])
            assert len(list(tmp_path.iterdir())) == 1
            raise InvariantError("no")

    with pytest.raises(InvariantError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_kept_cannot_be_saved(streamed, tmp_path):
    with pytest.raises(UsageError, match="were not kept and cannot be saved as npz"):
        streamed.save(tmp_path / "out", "npz")
    assert not (tmp_path / "out").exists()


def test_npz_needs_all_rows(tmp_path):
    with pytest.raises(UsageError, match="npz needs the rows of all requests in memory"):
        RowsFile(tmp_path / "x", "npz")


def test_the_command_line_streams_large_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "KEPT", 10)
    path = tmp_path / "shop.yaml"
    path.write_text(json.dumps(SHOP))
    words = ["run", str(path), "--out", str(tmp_path / "out"), "--no-figures", "--quiet"]
    assert main([*words, "--records", "csv", "--series", "region"]) == 0
    names = {entry.name for entry in (tmp_path / "out").iterdir()}
    assert {"requests.csv", "instances.csv", "region.csv"} <= names
    assert "series.csv" not in names
    assert {entry.name for entry in tmp_path.iterdir()} == {"out", "shop.yaml"}


# ── very many requests ────────────────────────────────────────────────────────────────────────


def blocks(number, rows=65_536, rate=1000.0):
    """Yield blocks of one function on 100 instances, each busy in turn for 50 ms."""
    for block in range(number):
        count = np.arange(block * rows, (block + 1) * rows)
        zeros = np.zeros(rows, np.int8)
        yield {
            "function": zeros.astype(np.int32), "arrival": count / rate, "started": count / rate,
            "ended": count / rate + 0.05, "outcome": zeros, "error": zeros, "start": zeros,
            "instance": (count % 100).astype(np.int32), NUMBER: count,
        }  # fmt: skip


@pytest.fixture
def folds():
    scenario = load({**SHOP, "horizon": "2000 s", "warm_up": "0 s"})
    info = FunctionInfo("alone", "alone", "i", 1.0, 2**30, 2**29, 1)
    made = Folds(
        scenario,
        [info],
        lambda first: {name: np.zeros(100 - first, np.int8) for name in ("function", "kind")},
    )
    made.summary = RequestSummary(1, made.window, exact=100_000)
    return made


def test_memory_does_not_grow_with_requests(folds):
    held = []
    tracemalloc.start()
    for number, block in enumerate(blocks(24)):
        folds(block)
        if number in (7, 23):
            del block
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] - held[0] < 500_000  # a million rows more
    assert folds.rows == 24 * 65_536


def test_approximate_quantiles_are_told(folds, kept, hand_made):
    for block in blocks(2):
        folds(block)
    folds.finish()
    assert folds.summary.finish()["latency.p99"][0] == pytest.approx(0.05, rel=1e-3)
    result = type(kept)(hand_made.record(), folds)
    assert result.warnings == [
        "quantiles are within 0.1 % of exact ones, as there are very many requests"
    ]
    assert kept.warnings == kept.record.warnings
