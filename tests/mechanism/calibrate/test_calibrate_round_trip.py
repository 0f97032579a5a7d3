"""Simulate a known scenario, write its log, calibrate from it: the values come back."""

import numpy as np
import pytest

import fcsim
from fcsim.study.calibrate.keep_alive import gaps
from fcsim.study.calibrate.log import gather


def coverage(known, folder, seeds):
    found = []
    for seed in seeds:
        log = known.log_of(known.scenario, folder / f"{seed}.jsonl", seed)
        found += known.covered(fcsim.calibrate(known.guess, log, holdout=0, date="2026-11-24"))
    return np.mean(found)


def test_intervals_hold_the_true_values(known, tmp_path):
    assert coverage(known, tmp_path, range(1, 7)) >= 0.85


@pytest.mark.slow
def test_coverage_of_40_repetitions(known, tmp_path):
    """Seven values of each; a wrong family counts as not covered."""
    assert 0.88 <= coverage(known, tmp_path, range(1, 41)) <= 0.99


def test_families_and_policy_are_found(report):
    written = {path: report.fit(path).written for path in
               ("functions.f.service.time", "images.shop.server.start")}  # fmt: skip
    assert all(set(value) == {"lognormal"} for value in written.values())
    placing = report.fit("assumptions.start.placing").written
    assert set(placing["value"]) == {"exponential"}
    policy = report.fit("assumptions.dispatch.policy").written
    assert policy == {"value": "most_recently_used", "source": "calibrated", "date": "2026-11-24"}


def test_the_read_rate_is_exact_within_the_logs_resolution(report):
    (rate,) = report.fit("assumptions.accelerated.read_rate").estimates
    assert rate.value == pytest.approx(150e6, rel=1e-3)
    assert rate.low <= 150e6 <= rate.high


def test_predictions_hold_what_was_observed(report):
    figures = {p.figure: p for p in report.predictions}
    assert set(figures) == {
        "cold_start.ratio", "latency.p50", "latency.p95", "latency.p99", "instances.mean",
    }  # fmt: skip
    for p in figures.values():
        assert p.low <= p.predicted <= p.high
        assert p.error == p.predicted - p.observed
    assert abs(figures["cold_start.ratio"].relative) < 0.1
    assert abs(figures["instances.mean"].relative) < 0.1


def test_without_instance_ids_less_is_known(known, log):
    from fcsim.importers.request_files import Rejected, read_log

    blocks = list(read_log([log], Rejected()))
    for block in blocks:
        block["instance"] = np.full(len(block["arrival"]), "", dtype=object)
    blind = fcsim.calibrate(known.guess, blocks, holdout=0)
    why = {one.path: one.why for one in blind.unidentified}
    assert why["assumptions.dispatch.policy"] == "the log has no instance ids"
    fit = blind.fit("functions.f.keep_alive")
    assert "of the whole function" in fit.rule
    assert fit.estimates[0].low <= 47.0 <= fit.estimates[0].high
    assert fit.number < len(gaps(gather(blocks)["f"]).reused) + 1000


def test_mean_instances_are_unknown_without_ids(known, log):
    from fcsim.importers.request_files import Rejected, read_log

    blocks = list(read_log([log], Rejected()))
    for block in blocks:
        block["instance"] = np.full(len(block["arrival"]), "", dtype=object)
    report = fcsim.calibrate(known.guess, blocks, replications=1)
    (mean,) = [p for p in report.predictions if p.figure == "instances.mean"]
    assert np.isnan(mean.observed)
    assert mean.cells()[2] == "–"


def test_too_short_a_log_says_so(known, log, tmp_path):
    short = tmp_path / "short.jsonl"
    short.write_text("".join(log.read_text().splitlines(keepends=True)[:12]))
    report = fcsim.calibrate(known.guess, short, holdout=0)
    assert report.changes == {} or set(report.changes) == {"functions.f.keep_alive"}
    why = {one.path: one.why for one in report.unidentified}
    assert "20 are needed" in why["functions.f.service.time"]
    assert "20 are needed" in why["images.shop.server.start"]
