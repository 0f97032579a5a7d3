"""Stored baselines: equal to the bit, or within a tolerance; who may write them, and when."""

import json

import pytest

import fcsim
from fcsim.errors import UsageError
from fcsim.study.check import baseline_files
from fcsim.study.check.provenance import provenance


@pytest.fixture(autouse=True)
def at_a_desk(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def file(tmp_path, text):
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def text(basic):
    """A scenario that runs in some milliseconds."""
    images = {name: {**image, "compressed": size} for (name, image), size in
              zip(basic["images"].items(), ("90 MB", "9 MB"), strict=True)}  # fmt: skip
    return json.dumps({**basic, "images": images})


@pytest.fixture(scope="module")
def baseline(text, tmp_path_factory):
    """The text of its baseline of five runs."""
    path = tmp_path_factory.mktemp("baseline") / "shop.yaml"
    path.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        assert fcsim.check(path, update_baseline=True).exit_code() == 0
    return home(path).read_text()


@pytest.fixture
def stored(file, baseline):
    """Return a scenario file that has a baseline."""
    home(file).parent.mkdir()
    home(file).write_text(baseline)
    return file


def home(path):
    return path.parent / "baselines" / f"{path.stem}.json"


def change(path, **parts):
    """Change *parts* of what a baseline was made with; digests no longer count."""
    content = json.loads(home(path).read_text())
    content["made_with"].update(parts)
    home(path).write_text(json.dumps(content))


def scale(path, kpi, factor):
    """Make a baseline in which *kpi* was another one, made by an older fcsim."""
    content = json.loads(home(path).read_text())
    entry = content["kpis"][kpi]
    if isinstance(entry, dict):
        entry["runs"] = [value * factor for value in entry["runs"]]
    else:
        content["kpis"][kpi] = entry * factor
    content["made_with"]["fcsim"] = "0.0.9"
    home(path).write_text(json.dumps(content))


def of(report, kpi):
    return next(check for check in report.checks if check.kpi == kpi)


# ── to the bit ────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_scenario_is_equal_to_the_bit(stored):
    (check,) = fcsim.check(stored).checks
    assert (check.kind, check.verdict) == ("digest", "passed")
    assert check.message == "all KPIs of 5 runs are equal to the bit"


def test_the_last_bit_of_one_kpi_fails(stored, monkeypatch):
    from fcsim.study.check import runs

    plain = runs._outcome

    def off(*arguments):
        outcome = plain(*arguments)
        outcome.kpis["latency.max"] *= 1 + 2**-52
        return outcome

    monkeypatch.setattr(runs, "_outcome", off)
    report = fcsim.check(stored)
    (check,) = report.checks
    assert (check.verdict, report.exit_code()) == ("failed", 1)
    assert check.message.startswith("unintended change: KPIs differ beyond the sixth digit")
    assert "and so is fcsim's code: please report it" in check.message


def test_changed_code_is_blamed(stored):
    content = json.loads(home(stored).read_text())
    content["made_with"]["code"] = "0123456789abcdef"
    content["digests"][0] = "0123456789abcdef"
    content["kpis"]["latency.max"]["runs"][0] *= 2
    home(stored).write_text(json.dumps(content))
    (file,) = fcsim.check(stored)
    (check,) = file.checks
    assert "KPIs differ, most latency.max " in check.message
    assert "only fcsim's code differs" in check.message
    assert file.explanation[-1] == "since the baseline: fcsim's code changed"


def test_other_code_with_the_same_figures_passes(stored):
    change(stored, code="0123456789abcdef")
    assert fcsim.check(stored).checks[0].verdict == "passed"


def test_few_runs_are_equal_as_far_as_they_go(stored):
    (check,) = fcsim.check(stored, reps=3).checks
    assert check.message == "all KPIs of 3 runs are equal to the bit"


@pytest.mark.parametrize("part", ["scenario", "preset", "prices", "fcsim", "numpy", "machine"])
def test_bits_do_not_count_once_something_changed(stored, part):
    change(stored, **{part: "page 0123"})
    checks = fcsim.check(stored).checks
    assert {str(check.kind) for check in checks} == {"baseline"}
    assert {str(check.verdict) for check in checks} == {"passed"}


# ── within a tolerance ────────────────────────────────────────────────────────────────────────


def test_worse_than_allowed_fails_and_names_the_cause(stored):
    scale(stored, "latency.mean", 0.9)
    report = fcsim.check(stored)
    check = of(report, "latency.mean")
    assert (check.verdict, report.exit_code()) == ("failed", 1)
    assert "(+11 %)" in check.message
    assert check.message.endswith(f"(since the baseline: fcsim 0.0.9 → {fcsim.__version__})")
    assert check.place.file == str(home(stored))


def test_better_passes_and_says_so(stored):
    scale(stored, "latency.mean", 1.2)
    check = of(fcsim.check(stored), "latency.mean")
    assert (check.verdict, check.better) == ("passed", True)


def test_worse_within_the_tolerance_passes(stored):
    scale(stored, "latency.mean", 0.97)
    check = of(fcsim.check(stored), "latency.mean")
    assert (check.verdict, check.better) == ("passed", False)
    assert of(fcsim.check(stored, tolerance="latency=1%"), "latency.mean").verdict == "failed"


def test_less_success_is_worse(stored):
    scale(stored, "requests.completed", 1.2)
    assert of(fcsim.check(stored), "requests.completed").verdict == "failed"
    scale(stored, "requests.completed", 0.5)
    assert of(fcsim.check(stored), "requests.completed").better


def test_what_pairs_do_not_tell_is_inconclusive(stored):
    content = json.loads(home(stored).read_text())
    runs = content["kpis"]["latency.mean"]["runs"]
    runs[1], runs[3] = runs[1] / 3, runs[3] / 3
    content["made_with"]["numpy"] = "1.0"
    home(stored).write_text(json.dumps(content))
    report = fcsim.check(stored)
    check = of(report, "latency.mean")
    assert (check.verdict, report.exit_code()) == ("inconclusive", 4)
    assert "12 pairs of runs say" in check.message
    assert "NumPy 1.0 → " in check.message


@pytest.mark.parametrize(
    "part, told",
    [
        ("preset", "preset page changed"),
        ("prices", "price book china-2026-08-27 changed"),
        ("fcsim", "fcsim 0.0.9 → "),
    ],
)
def test_what_moved_is_named(stored, part, told):
    scale(stored, "latency.mean", 0.9)
    names = {"preset": "page 0123", "prices": "china-2026-08-27 0123", "fcsim": "0.0.9"}
    change(stored, **{part: names[part]})
    assert told in of(fcsim.check(stored), "latency.mean").message


def test_a_changed_scenario_is_told_by_its_values(stored):
    (file,) = fcsim.check(stored, overrides=["functions.api.image=slim"])
    assert file.verdict == "passed"
    assert any(check.better for check in file.checks)
    (file,) = fcsim.check(stored, overrides=["images.fat.compressed=1 GB"])
    assert file.explanation[-1] == "since the baseline: images.fat.compressed 90 MB → 1 GB"


def test_errors_are_explained_by_their_kind(stored):
    (file,) = fcsim.check(stored, overrides=["functions.api.timeout=1 s"])
    told = [line for line in file.explanation if line.startswith("requests.")]
    assert "above all errors.FunctionTimeoutError" in told[0]


def test_a_bill_of_another_window_is_explained_by_what_rose(stored):
    (file,) = fcsim.check(stored, overrides=["horizon=30 s"])
    (told,) = [line for line in file.explanation if line.startswith("cost.per_month rose")]
    assert "(+" in told.partition("above all cost.")[2]
    assert told.endswith(" a month")


# ── writing them ──────────────────────────────────────────────────────────────────────────────


def test_a_continuous_integration_must_not_write_them(file, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(UsageError, match="CI=true"):
        fcsim.check(file, update_baseline=True)
    assert not home(file).exists()


def test_nothing_is_written_when_nothing_moved(stored):
    change(stored, code="0123456789abcdef", machine="another")
    before = home(stored).read_text()
    report = fcsim.check(stored, update_baseline=True)
    assert home(stored).read_text() == before
    assert report.files[0].notes == (f"baseline as before: {home(stored)}",)


def test_the_difference_to_the_old_one_is_told(stored):
    stored.write_text(stored.read_text().replace('"90 MB"', '"190 MB"'))
    (file,) = fcsim.check(stored, update_baseline=True)
    assert file.notes[:2] == (
        f"baseline written: {home(stored)}",
        "since the baseline: images.fat.compressed 90 MB → 190 MB",
    )
    assert any(note.startswith("latency.mean ") for note in file.notes)
    assert fcsim.check(stored).checks[0].message == "all KPIs of 5 runs are equal to the bit"


def test_text_is_the_same_each_time_and_a_line_holds_a_kpi(stored):
    first = home(stored).read_text()
    home(stored).unlink()
    fcsim.check(stored, update_baseline=True)
    assert home(stored).read_text() == first
    line = baseline_files.read(home(stored)).lines["latency.p99"]
    assert first.splitlines()[line - 1].startswith(' "latency.p99": {"mean": ')
    assert list(home(stored).parent.iterdir()) == [home(stored)]  # nothing half-written


def test_what_is_read_is_what_was_written(stored):
    baseline = baseline_files.read(home(stored))
    again = home(stored).with_name("again.json")
    baseline_files.write(baseline, again)
    assert baseline_files.read(again) == baseline
    assert again.read_text() == home(stored).read_text()


def test_a_variant_has_its_own(stored):
    fcsim.check(stored, variant="slim", update_baseline=True)
    assert (home(stored).parent / "shop@slim.json").exists()
    (file,) = fcsim.check(stored, variant="slim")
    assert (file.name, file.verdict) == ("shop/slim", "passed")


def test_a_folder_of_baselines(file, tmp_path):
    folder = tmp_path / "elsewhere"
    fcsim.check(file, update_baseline=True, baselines=folder)
    assert [path.name for path in folder.iterdir()] == ["shop.json"]
    assert fcsim.check(file, baselines=folder).exit_code() == 0
    other = tmp_path / "other" / "shop.yaml"
    other.parent.mkdir()
    other.write_text(file.read_text())
    with pytest.raises(UsageError, match=r"would share the baseline shop\.json"):
        fcsim.check([file, other], update_baseline=True, baselines=folder)


def test_a_folder_of_baselines_that_is_named_must_exist(file, tmp_path):
    with pytest.raises(UsageError, match="baslines is no folder"):
        fcsim.check(file, baselines=tmp_path / "baslines")


def test_a_baseline_is_of_the_file_as_it_stands(file):
    for options in ({"overrides": ["seed=3"]}, {"seed": 3}, {"simulate": False}):
        with pytest.raises(UsageError):
            fcsim.check(file, update_baseline=True, **options)


def test_too_little_time_writes_nothing(file):
    report = fcsim.check(file, update_baseline=True, budget="1us")
    assert report.exit_code() == 4
    assert report.checks[0].message == "not written: not run: time was up"
    assert not home(file).exists()


@pytest.mark.parametrize(
    "content, told",
    [
        ("{", "it is no baseline of fcsim check"),
        ("[]", "it is no baseline of fcsim check"),
        ('{"fcsim_baseline": 99}', "layout 99 is not one that this fcsim knows"),
        ('{"fcsim_baseline": 1}', "something is missing or odd in it"),
    ],
)
def test_a_baseline_that_cannot_be_read_is_no_pass(stored, content, told):
    home(stored).write_text(content)
    report = fcsim.check(stored)
    assert report.exit_code() == 2
    assert f"{home(stored)}: cannot be read as a baseline: {told}" in report.files[0].error
    assert fcsim.check(stored, update_baseline=True).exit_code() == 0
    assert fcsim.check(stored).exit_code() == 0


def test_missing_time_leaves_equal_bits_open(stored, monkeypatch):
    from fcsim.study.check import runs

    monkeypatch.setattr(runs.Clock, "ask", ask_once_only())
    (file,) = fcsim.check(stored, budget="60 s")
    assert (file.runs, file.verdict) == (1, "inconclusive")
    assert file.checks[0].message.endswith("1 run are equal to the bit; time was up after 1 run")


def ask_once_only():
    def ask(clock, needed=0.0):
        from fcsim.study.check.runs import OutOfTime

        if needed:
            raise OutOfTime

    return ask


# ── what figures rest on ──────────────────────────────────────────────────────────────────────


def test_provenance_tells_presets_and_prices_by_content(basic):
    plain = provenance(fcsim.load(basic))
    other = provenance(fcsim.load({**basic, "platform": {"preset": "fc-2026-04"}}))
    assert plain.preset.startswith("page ")
    assert other.preset.startswith("fc-2026-04 ")
    assert plain.moved(other)[0] == "preset page → fc-2026-04"
    assert plain.moved(other)[1].startswith("price book china-2026-08-27 → ")
    assert not plain.is_same(other)


def test_names_and_objectives_do_not_matter(basic):
    named = {**basic, "name": "another", "objectives": ["latency.p50 <= 1 s"]}
    assert provenance(fcsim.load(basic)) == provenance(fcsim.load(named))


def test_several_functions_are_judged_each(text, tmp_path):
    shop = json.loads(text)
    api = shop["functions"]["api"]
    path = tmp_path / "two.yaml"
    workload = {
        name: {"function": name, "arrivals": {"poisson": "5/s"}} for name in ("api", "batch")
    }
    path.write_text(
        json.dumps({**shop, "functions": {"api": api, "batch": api}, "workload": workload})
    )
    fcsim.check(path, update_baseline=True)
    report = fcsim.check(path, overrides=["functions.batch.service.time=900 ms"])
    assert of(report, "functions.batch.latency.mean").verdict == "failed"
    assert of(report, "functions.api.latency.mean").verdict == "passed"


def test_more_pairs_are_made_only_while_a_figure_is_not_clear(stored):
    scale(stored, "latency.mean", 0.5)
    change(stored, numpy="1.0")
    report = fcsim.check(stored)
    assert (of(report, "latency.mean").verdict, report.files[0].runs) == ("failed", 5)


def test_better_on_average_passes_and_tells_that_pairs_disagree(stored):
    content = json.loads(home(stored).read_text())
    runs = content["kpis"]["latency.mean"]["runs"]
    runs[1], runs[3] = 3 * runs[1], 3 * runs[3]
    content["made_with"]["numpy"] = "1.0"
    home(stored).write_text(json.dumps(content))
    check = of(fcsim.check(stored), "latency.mean")
    assert (check.verdict, check.better) == ("passed", False)
    assert check.message.endswith("better on average, not for certain")


def test_fewer_runs_than_before_are_told_beside_as_many(stored):
    fcsim.check(stored, update_baseline=True, reps=8)
    report = fcsim.check(stored, update_baseline=True, reps=3)
    (first, *moved) = report.files[0].notes
    assert first.startswith("baseline written: ")
    assert moved == []
