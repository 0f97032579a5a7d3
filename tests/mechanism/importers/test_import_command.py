"""fcsim import on the command line: what is written and printed, refusals, quick help."""

import json
import subprocess
import sys

import pytest
import serverless_devs_files as files

from fcsim import load
from fcsim.cli import main


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "s.yaml").write_text(files.CPU)


@pytest.fixture
def says(capsys):
    """Run ``fcsim import`` with arguments; return its code, stdout and stderr."""

    def run(*arguments):
        code = main(["import", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def test_a_file_becomes_a_scenario_and_the_next_command_is_told(says, tmp_path):
    code, out, err = says("s.yaml", "--rate", "5/s", "--service", "{exponential: 80 ms}")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == [
        "function", "image", "vCPU", "memory", "GPU", "concurrency", "minimum", "time-out",
    ]  # fmt: skip
    assert lines[1].split() == [
        "checkout-dev",
        "checkout",
        "1",
        "2048",
        "MB",
        "–",
        "4",
        "–",
        "60",
        "s",
    ]
    assert "Not modelled: it changes nothing in the simulation:" in lines
    assert lines[-2:] == ["Written: shop.fcsim.yaml", "Next: fcsim run shop.fcsim.yaml"]
    scenario = load(tmp_path / "shop.fcsim.yaml")
    assert scenario.functions["checkout-dev"].service.time.exponential == 0.08
    assert scenario.workload["checkout-dev"].arrivals.poisson == 5


def test_options_may_come_first(says, tmp_path):
    code, _, _ = says("--out", "a.yaml", "--var", "STAGE=live", "s.yaml")
    assert code == 0
    assert list(load(tmp_path / "a.yaml").functions) == ["checkout-live"]


def test_the_limits_of_an_account_are_options(says, tmp_path):
    (tmp_path / "s.yaml").write_text(files.CPU.replace("diskSize: 512", "diskSize: 61440"))
    assert says("s.yaml")[0] == 2
    assert says("s.yaml", "--assume", "limits.shapes=none")[0] == 0
    assert load(tmp_path / "shop.fcsim.yaml").parameters["limits.shapes"].value == "none"


def test_json_is_one_document(says):
    code, out, err = says("s.yaml", "--format", "json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["files"], told["next"]) == (["shop.fcsim.yaml"], "fcsim run shop.fcsim.yaml")
    assert told["scenario"]["functions"]["checkout-dev"]["cpu"] == 1
    assert {"kind", "where", "text"} == set(told["remarks"][0])


def test_a_file_that_is_there_is_kept(says, tmp_path):
    (tmp_path / "shop.fcsim.yaml").write_text("mine")
    code, out, err = says("s.yaml")
    assert (code, out) == (2, "")
    assert "shop.fcsim.yaml exists and was not touched; overwrite it with --force" in err
    assert says("s.yaml", "--force")[0] == 0
    assert load(tmp_path / "shop.fcsim.yaml").name == "shop"


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["s.yam"], "s.yam: no such file, and no source"),
        (["imagse"], "did you mean 'images'?"),
        (["s.yaml", "--var", "x"], "--var 'x': expected NAME=VALUE"),
        (["s.yaml", "--service", "{a"], "--service '{a': not valid YAML"),
        (["s.yaml", "--rate", "5"], "--rate checkout-dev: '5' has no unit"),
        (["s.yaml", "--formt", "json"], "No such option '--formt'"),
        (["terraform", "s.yaml"], "s.yaml:1:1: is not JSON"),
        (["images"], "Missing argument"),
        (["images", "s.yaml"], "s.yaml: is not JSON"),
    ],
)
def test_wrong_usage_gets_code_2_and_writes_nothing(arguments, told, says, tmp_path):
    code, out, err = says(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


# ── images ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def manifests(tmp_path):
    for name, size in (("api", 12_000_000), ("web", 5_000_000)):
        layers = [
            {"digest": "sha256:base", "size": 30_000_000},
            {"digest": f"sha256:{name}", "size": size},
        ]
        (tmp_path / f"{name}.json").write_text(json.dumps({"layers": layers}))
    return "api.json", "web.json"


def test_images_are_shown_with_what_they_share(manifests, says):
    code, out, err = says("images", *manifests)
    assert (code, err) == (0, "")
    table, _, block = out.partition("\n\n")
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["api", "2", "42", "MB", "–", "1", "30", "MB"],
        ["web", "2", "35", "MB", "–", "1", "30", "MB"],
    ]
    assert block.startswith("images:\n  api:\n    layers:\n      layer-1: {compressed: 30000000 B,")


def test_images_can_be_written(manifests, says, tmp_path):
    code, out, _ = says("images", *manifests, "--out", "images.yaml")
    assert code == 0
    assert out.endswith("\nWritten: images.yaml\n")
    assert (tmp_path / "images.yaml").read_text().startswith("images:\n")
    assert says("images", *manifests, "--out", "images.yaml")[0] == 2


def test_images_as_json(manifests, says):
    _, out, _ = says("images", *manifests, "--format", "json")
    told = json.loads(out)
    assert list(told["images"]) == ["api", "web"]
    assert told["table"][0]["shared"] == 30_000_000
    assert told["table"][0]["uncompressed"] is None


# ── help ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [["import", "--help"], ["import", "images", "--help"]])
def test_help_imports_nothing_heavy_and_no_importer(arguments):
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from fcsim.cli import main\n"
            f"code = main({arguments!r})\n"
            "late = {'numpy', 'pydantic', 'rich', 'yaml', 'fcsim.importers', 'fcsim.report'}\n"
            "print(code, sorted(set(sys.modules) & late), file=sys.stderr)",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stderr == "0 []\n"
    assert ran.stdout


def test_help_lists_every_source(says):
    _, out, _ = says("--help")
    lines = out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == [
        "cloudmonitor",
        "images",
        "sls",
        "terraform",
        "trace",
    ]
