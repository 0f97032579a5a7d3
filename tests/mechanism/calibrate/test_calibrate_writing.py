"""The scenario's text after calibration: what stays, what is replaced, what is refused."""

import shutil

import pytest

import fcsim
from fcsim.errors import UsageError
from fcsim.scenario.rewrite import flow, rewritten
from fcsim.study.calibrate.writing import replace_with_backup

TEXT = """\
# our shop
fcsim: 1
images: {shop: {compressed: 600 MB}}   # one image
functions:
  f:
    image: shop   # which
    timeout: 60 s
    service:
      time:     # a guess
        exponential: 1 s
    # the end of f
workload: {w: {function: f, arrivals: {poisson: 1/s}}}
"""
TIME = ("functions", "f", "service", "time")


def test_a_value_is_replaced_where_it_stands():
    text = rewritten(TEXT, {TIME: {"lognormal": {"median": "1 s", "p99": "4 s"}}})
    assert text == TEXT.replace("exponential: 1 s", "{lognormal: {median: 1 s, p99: 4 s}}")


def test_a_missing_key_is_added_at_the_end_of_its_block():
    text = rewritten(TEXT, {("functions", "f", "keep_alive"): "60 s"})
    assert text == TEXT.replace("exponential: 1 s\n", "exponential: 1 s\n    keep_alive: 60 s\n")


def test_missing_blocks_are_made():
    text = rewritten(TEXT, {("images", "shop", "server", "start"): "2 s"})
    assert "{shop: {compressed: 600 MB, server: {start: 2 s}}}   # one image" in text
    text = rewritten(TEXT, {("assumptions", "start.create"): {"value": "0 s"}})
    assert text == TEXT + "assumptions:\n  start.create: {value: 0 s}\n"


def test_camel_case_keys_are_found():
    text = TEXT.replace("timeout", "instanceConcurrency: 1\n    timeout")
    after = rewritten(text, {("functions", "f", "instance_concurrency"): 4})
    assert "instanceConcurrency: 4" in after


def test_quoted_where_yaml_needs_it():
    assert flow({"a: b": "1e3", "x": ["yes", 1.5]}) == '{"a: b": "1e3", x: [yes, 1.5]}'


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("service:\n", "service: &s\n") + "  \n",
        TEXT.replace("    timeout", "    <<: {cpu: 1}\n    timeout"),
    ],
)
def test_what_stands_in_two_places_is_refused(text):
    aliased = "&s" in text
    if aliased:
        text = text.replace("# the end of f", "\n  g: {image: shop, service: *s}")
    with pytest.raises(UsageError, match="by hand"):
        rewritten(text, {TIME: "1 s", ("functions", "f", "keep_alive"): "1 s"})


@pytest.fixture
def written(report, log, tmp_path):
    """The scenario file, calibrated from the log of the known one."""
    source = tmp_path / "shop.yaml"
    source.write_text(TEXT)
    return fcsim.calibrate(source, log, holdout=0, date="2026-11-24"), source


def test_the_calibrated_file_loads_and_says_where_its_values_come_from(written, tmp_path):
    report, source = written
    target = report.write(tmp_path / "out.yaml")
    text = target.read_text()
    assert text.startswith("# ── calibrated ── 2026-11-24 by fcsim")
    for comment in ("# our shop", "# one image", "# which", "# a guess", "# the end of f"):
        assert comment in text
    loaded = fcsim.load(target)
    assert loaded.functions["f"].keep_alive == pytest.approx(47, abs=1)
    placing = loaded.parameters["start.placing"]
    assert (placing.provenance, placing.date) == ("calibrated", "2026-11-24")
    assert loaded.parameters["start.create"].provenance == "calibrated"
    assert source.read_text() == TEXT


def test_calibrating_again_replaces_the_header(written, log, tmp_path):
    once = written[0].write(tmp_path / "once.yaml")
    twice = fcsim.calibrate(once, log, holdout=0, date="2026-11-25").write(tmp_path / "2.yaml")
    assert twice.read_text() == once.read_text().replace("2026-11-24", "2026-11-25")


def test_nothing_is_overwritten(written, tmp_path):
    report, source = written
    with pytest.raises(UsageError, match="exists"):
        report.write(source)
    path, backup = replace_with_backup(report)
    assert (backup.read_text(), path) == (TEXT, source)
    assert "# our shop" in source.read_text()
    with pytest.raises(UsageError, match=r"shop.yaml.bak exists"):
        replace_with_backup(report)


def test_a_scenario_that_would_not_load_elsewhere_is_not_written(log, tmp_path):
    (tmp_path / "here").mkdir()
    source = tmp_path / "here" / "shop.yaml"
    source.write_text(TEXT.replace("{poisson: 1/s}", "{trace: {file: t.csv}}"))
    shutil.copy(log, tmp_path / "log.jsonl")
    (tmp_path / "here" / "t.csv").write_text("timestamp\n0\n1\n")
    report = fcsim.calibrate(source, log, holdout=0)
    report.write(tmp_path / "here" / "out.yaml")
    with pytest.raises(UsageError, match=r"would not load.*t.csv"):
        report.write(tmp_path / "elsewhere.yaml")
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_a_mapping_is_written_as_json_which_is_yaml(report, tmp_path):
    loaded = fcsim.load(report.write(tmp_path / "mapping.yaml"))
    assert loaded.functions["f"].keep_alive == pytest.approx(47, abs=1)
    with pytest.raises(UsageError, match="no file to replace"):
        replace_with_backup(report)
