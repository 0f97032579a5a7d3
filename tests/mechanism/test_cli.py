"""The command line: what goes to stdout and stderr, which files appear, which code comes back."""

import json
import os
import subprocess
import sys

import pytest

import fcsim
from fcsim.cli import main
from fcsim.errors import InvariantError
from fcsim.report import figures

SCENARIO = """\
fcsim: 1
name: tiny
seed: 3
horizon: 60 s
images: {i: {compressed: 20 MB}}
functions: {f: {image: i, timeout: 10 s, service: {time: {exponential: 120 ms}}}}
workload: {w: {function: f, arrivals: {poisson: 2/s}}}
variants:
  busy: {workload.w.arrivals.poisson: 5/s}
"""
HEAVY = ("numpy", "scipy", "simpy", "pandas", "matplotlib", "seaborn")


@pytest.fixture
def scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(SCENARIO)
    return "tiny.yaml"


@pytest.fixture
def fcsim_says(capsys, monkeypatch):
    """Run a command; return its code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "120")  # whatever the terminal that runs the tests

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def broken(monkeypatch):
    """Let the simulation end with an exception."""

    def breaks(error):
        def run(*arguments, **settings):
            raise error

        monkeypatch.setattr(fcsim, "run", run, raising=False)

    return breaks


def python(code, **settings):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, **settings
    )


# ── run ───────────────────────────────────────────────────────────────────────────────────────


def test_run_prints_a_summary_and_where_the_results_are(scenario, fcsim_says, tmp_path):
    code, out, err = fcsim_says("run", scenario, "--no-figures")
    assert (code, err) == (0, "")
    assert out.startswith("tiny: seed 3, 60 s from ")
    assert out.endswith("\nResults: results/tiny\n")
    assert json.loads((tmp_path / "results/tiny/kpis.json").read_text())["requests"]["arrived"] > 60
    assert not (tmp_path / "results/tiny/figures").exists()


def test_run_draws_figures_1200_pixels_wide_or_more(scenario, fcsim_says, tmp_path):
    from matplotlib.image import imread

    code, out, _ = fcsim_says("run", scenario, "--out", "here", "--quiet")
    assert code == 0
    assert out == "Results: here\nFigure: here/figures/overview.png\n"
    drawn = {path.name: path for path in (tmp_path / "here/figures").iterdir()}
    names = ("overview", "latency", "cold-starts", "activity", "cost")
    assert set(drawn) == {f"{name}.{form}" for name in names for form in ("png", "svg")}
    assert imread(drawn["latency.png"]).shape[1] == 1200
    assert imread(drawn["overview.png"]).shape[1] == 1440


def test_json_is_one_document_and_nothing_else(scenario, fcsim_says):
    code, out, err = fcsim_says("run", scenario, "--format", "json", "--no-figures")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["scenario"], document["seed"]) == ("tiny", 3)
    code, again, _ = fcsim_says("run", scenario, "--format", "json", "--no-figures")
    assert again == out


def test_variant_changes_and_seed_are_applied(scenario, fcsim_says, tmp_path):
    options = ("--no-figures", "--format", "json")
    _, plain, _ = fcsim_says("run", scenario, *options)
    _, busy, _ = fcsim_says("run", scenario, "--variant", "busy", "--seed", "4", *options)
    path = "workload.w.arrivals.poisson=5/s"
    _, changed, _ = fcsim_says("run", scenario, "--set", path, "--set", "seed=4", *options)
    assert json.loads(busy)["seed"] == 4
    arrived = [json.loads(out)["kpis"]["requests"]["arrived"] for out in (plain, busy, changed)]
    assert arrived[0] < arrived[1] == arrived[2]
    assert (tmp_path / "results/tiny-busy/kpis.json").exists()


def test_records_are_kept_when_asked(scenario, fcsim_says, tmp_path):
    fcsim_says("run", scenario, "--no-figures", "--records", "csv", "--out", "with")
    assert (tmp_path / "with/requests.csv").read_text().startswith("function,arrival,started")


def test_an_engine_can_be_named(scenario, fcsim_says):
    code, _, _ = fcsim_says("run", scenario, "--no-figures", "--engine", "reference")
    assert code == 0
    code, out, err = fcsim_says("run", scenario, "--no-figures", "--engine", "referense")
    assert (code, out) == (2, "")
    assert "did you mean 'reference'?" in err


def test_a_folder_with_other_files_is_refused_before_the_run(
    scenario, broken, fcsim_says, tmp_path
):
    broken(AssertionError("it ran"))
    code, _, err = fcsim_says("run", scenario, "--no-figures", "--out", ".")
    assert code == 2
    assert "was not touched" in err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_folder_that_cannot_be_made_is_a_mistake(scenario, fcsim_says):
    code, out, err = fcsim_says("run", scenario, "--no-figures", "--out", "tiny.yaml/results")
    assert (code, out) == (2, "")
    assert "tiny.yaml/results" in err
    assert len(err.splitlines()) == 1


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────


def test_each_mistake_in_a_scenario_is_a_line(scenario, fcsim_says, tmp_path):
    wrong = SCENARIO.replace("60 s", "60").replace("2/s", "-2/s")
    (tmp_path / "wrong.yaml").write_text(wrong)
    code, out, err = fcsim_says("run", "wrong.yaml")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("wrong.yaml:4:10: horizon: ")
    assert lines[1].startswith("wrong.yaml:7:")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["rnu"], "Did you mean 'run'?"),
        (["run", "x.yaml", "--variants"], "Did you mean '--variant'?"),
        (["run", "x.yaml", "--format", "xml"], "is not one of"),
        (["run"], "Missing argument 'SCENARIO'"),
        (["run", "absent.yaml"], "absent.yaml: no such file"),
        (["presets", "pages"], "did you mean 'page'?"),
    ],
)
def test_wrong_usage_gets_a_hint_and_code_2(arguments, told, scenario, fcsim_says):
    code, out, err = fcsim_says(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


# ── what goes wrong inside ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [ZeroDivisionError("by\nzero"), InvariantError("by zero")])
def test_an_internal_error_is_one_line_and_code_3(error, broken, scenario, fcsim_says):
    broken(error)
    code, out, err = fcsim_says("run", scenario)
    assert (code, out) == (3, "")
    assert err.startswith(f"internal error: {type(error).__name__}: by zero; please report")
    assert len(err.splitlines()) == 1


def test_debug_shows_where_it_happened(broken, scenario, fcsim_says):
    broken(ZeroDivisionError("by zero"))
    code, _, err = fcsim_says("--debug", "run", scenario)
    assert code == 3
    assert "Traceback" in err
    assert "internal error: ZeroDivisionError: by zero" in err


def test_an_interrupt_leaves_no_results(broken, scenario, fcsim_says, tmp_path):
    broken(KeyboardInterrupt())
    code, out, err = fcsim_says("run", scenario)
    assert (code, out, err.strip()) == (130, "", "interrupted")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_an_interrupt_while_drawing_leaves_the_former_results(
    scenario, fcsim_says, tmp_path, monkeypatch
):
    fcsim_says("run", scenario, "--no-figures", "--seed", "1")
    before = (tmp_path / "results/tiny/kpis.json").read_bytes()

    def interrupted(result):
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "render", interrupted)
    code, _, _ = fcsim_says("run", scenario, "--seed", "2")
    assert code == 130
    assert (tmp_path / "results/tiny/kpis.json").read_bytes() == before
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["tiny"]


def test_a_reader_that_stops_early_is_no_error():
    command = [sys.executable, "-m", "fcsim", "presets", "page", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


# ── schema, presets, help ─────────────────────────────────────────────────────────────────────


def test_schema_is_the_schema_of_scenarios(fcsim_says):
    code, out, _ = fcsim_says("schema")
    assert code == 0
    assert {"images", "functions", "workload"} <= set(json.loads(out)["properties"])


def test_presets_are_listed_with_their_dates(fcsim_says):
    code, out, _ = fcsim_says("presets")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()[1:]]
    assert names == ["fc-2024-08", "fc-2025-12", "fc-2026-04", "ideal", "page"]
    _, listed, _ = fcsim_says("presets", "--format", "json")
    assert [entry["name"] for entry in json.loads(listed)] == names


def test_a_preset_shows_value_range_provenance_and_source(fcsim_says):
    _, out, _ = fcsim_says("presets", "page")
    lines = out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("limits.server_start"))
    assert lines[at].split()[1:] == ["120", "s"]
    assert lines[at + 1].startswith("    documented: platform page: ")
    at = next(k for k, line in enumerate(lines) if line.startswith("server.start"))
    assert lines[at].split()[1:] == ["1", "s", "200", "ms", "to", "5", "s"]
    assert lines[at + 1].startswith("    assumed: from container start")


def test_values_of_a_preset_hold_for_a_region(fcsim_says):
    def burst(region):
        _, out, _ = fcsim_says("presets", "page", "--format", "json", "--region", region)
        return json.loads(out)["values"]["scaling.burst"]["value"]

    assert (burst("cn-hangzhou"), burst("cn-qingdao")) == (300, 100)


def test_price_books_have_currency_tiers_and_factors(fcsim_says):
    _, out, _ = fcsim_says("presets", "--prices")
    assert "china-2026-08-27" in out
    _, shown, _ = fcsim_says("presets", "--prices", "china-2026-08-27")
    assert "CNY for one CU" in shown
    assert "above 200,000,000        0.000100" in shown
    _, content, _ = fcsim_says("presets", "--prices", "china-2026-08-27", "--format", "json")
    book = json.loads(content)
    assert book["tiers"][0] == {"above": 0, "price": 0.00011}
    assert book["values"]["cpu.active"]["text"] == "1 CU / vCPU·s"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["schema"]])
def test_quick_commands_import_nothing_heavy(arguments):
    ran = python(
        "import sys\n"
        "from fcsim.cli import main\n"
        f"code = main({arguments!r})\n"
        f"print(code, sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    assert ran.stderr == "0 []\n"
    assert ran.stdout


def test_python_m_fcsim_is_the_same_command():
    ran = subprocess.run(
        [sys.executable, "-m", "fcsim", "--version"], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (0, f"fcsim {fcsim.__version__}\n")


def test_output_survives_a_terminal_that_is_not_utf_8(scenario):
    settings = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ran = python(
        "from fcsim.cli import main; print(main(['presets', '--prices', 'china-2026-08-27']))",
        env=settings,
    )
    assert ran.stdout.endswith("\n0\n")
    assert "CU / vCPU?s" in ran.stdout
