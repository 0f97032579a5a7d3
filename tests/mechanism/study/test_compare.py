"""Comparisons: paired differences, and what they say in words."""

import json

import pytest

import fcsim
from fcsim import load
from fcsim.cli import main
from fcsim.errors import UsageError
from fcsim.results.price_book import price_book
from fcsim.study.differences import difference


def test_a_paired_difference_by_hand():
    found = difference("latency.p99", [1.0, 2.0, 4.0], [0.5, 1.3, 3.7])
    assert found.change.value == pytest.approx(-0.5)
    assert found.change.half == pytest.approx(4.302652729911275 * 0.2 / 3**0.5)
    assert found.variance_ratio == pytest.approx(0.04 / (7 / 3 + 2.7733333333333334))
    assert found.relative.value == pytest.approx(-0.5 / (7 / 3))
    assert found.sign == -1


def test_pairs_in_which_one_is_not_defined_are_left_out():
    found = difference("latency.p99", [1.0, float("nan"), 3.0], [2.0, 5.0, 4.0])
    assert (found.change.value, found.change.runs, found.base.value) == (1.0, 2, 2.0)


def test_one_pair_has_no_interval_and_no_sign():
    found = difference("latency.p99", [1.0], [3.0])
    assert found.change.value == 2.0
    assert found.change.low != found.change.low
    assert found.sign == 0


@pytest.fixture(scope="module")
def comparison(basic):
    return fcsim.compare(basic, reps=4)


def test_a_file_is_compared_with_all_its_variants(comparison):
    assert list(comparison.scenarios) == ["base", "slim", "same"]
    assert comparison.others == ["slim", "same"]


def test_runs_of_one_replication_share_their_arrivals(comparison):
    arrived = comparison.to_frame("runs").pivot(
        index="replication", columns="scenario", values="requests.arrived"
    )
    assert (arrived["base"] == arrived["slim"]).all()


def test_the_words_say_what_the_figures_say(comparison):
    found = comparison.difference("slim", "latency.p99").change
    price = comparison.difference("slim", "cost.per_month").relative
    assert comparison.sentences[0] == (
        f"slim is {-found.value:.1f} s faster at p99 "
        f"(95 % CI {-found.high:.1f} to {-found.low:.1f}) and {-price.value * 100:.0f} % cheaper"
    )


def test_no_difference_is_said_to_be_none(comparison):
    said = "same is as fast at p99 (the same in all runs) and as expensive"
    assert comparison.sentences[1] == said


def test_the_table_has_a_row_for_each_scenario_and_kpi(comparison):
    frame = comparison.to_frame()
    row = frame[(frame["scenario"] == "slim") & (frame["kpi"] == "latency.p99")].iloc[0]
    assert row["difference"] == pytest.approx(row["value"] - row["base"])
    assert row["low"] < row["difference"] < row["high"] < 0


def test_figures_overlay_latencies_and_set_phases_side_by_side(comparison):
    figures = comparison.figures()
    assert list(figures) == ["latency", "cold-starts"]
    left = figures["latency"].axes[0]
    assert [line.get_label() for line in left.lines] == ["base", "slim", "same"]
    (bars,) = figures["cold-starts"].axes
    assert [label.get_text() for label in bars.get_yticklabels()] == ["base", "slim", "same"]


def test_two_files_face_the_seed_of_the_first(file, tmp_path):
    other = tmp_path / "other.yaml"
    document = json.loads(file.read_text())
    other.write_text(json.dumps({**document, "seed": 99}))
    found = fcsim.compare(file, other, reps=2)
    assert found.seed == 5
    assert list(found.scenarios) == ["shop", "other"]
    assert found.difference("other", "latency.p99").change.value == 0


def test_loaded_scenarios_can_be_compared(file):
    found = fcsim.compare(load(file), load(file, variant="slim"), reps=2)
    assert list(found.scenarios) == ["shop (1)", "shop (2)"]


@pytest.mark.parametrize(
    "sources, changes, said",
    [
        (0, {}, "nothing to compare"),
        (1, {"variants": ["slimm"]}, "did you mean 'slim'"),
        (1, {"variants": []}, "no variants to compare"),
        (2, {"variants": ["slim"]}, "variants are of one scenario"),
        (1, {"reps": 0}, "at least one run"),
        (1, {"confidence": 1.0}, "below 100 %"),
        (1, {"kpis": ["latency.p98"]}, "unknown KPI"),
    ],
)
def test_wrong_arguments_are_refused(file, sources, changes, said):
    with pytest.raises(UsageError, match=said):
        fcsim.compare(*[file] * sources, **changes)


def test_one_run_each_tells_no_interval(file):
    (sentence,) = fcsim.compare(file, variants=["slim"], reps=1).sentences
    assert "CI" not in sentence
    assert sentence.endswith("% cheaper, in one run, which tells no interval")


def test_the_command_prints_words_and_a_table(file, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["compare", str(file), "--variant", "slim", "--reps", "3", "--out", str(out)]) == 0
    text = capsys.readouterr().out
    currency = price_book(load(file)).currency
    assert text.splitlines()[2].startswith("slim is ")
    assert f" {currency} (-" in text
    assert sorted(path.name for path in out.iterdir()) == [
        "compare.json", "differences.csv", "figures", "points", "runs.csv",
    ]  # fmt: skip


def test_the_command_gives_json(file, tmp_path, capsys):
    command = ["compare", str(file), "--reps", "2", "--out", str(tmp_path / "o")]
    assert main([*command, "--format", "json", "--no-figures"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["differences"]["same"]["latency.p99"]["difference"]["mean"] == 0


def test_a_scenario_without_completed_requests_is_not_comparable(file):
    deaf = {"images.fat.server": {"start": "1 s", "listen": "127.0.0.1"}}
    found = fcsim.compare(file, variants=["same"], reps=2, overrides=deaf)
    assert found.sentences[0].startswith("same is not comparable at p99 (no request completed)")
    assert set(found.figures()) == {"latency", "cold-starts"}
