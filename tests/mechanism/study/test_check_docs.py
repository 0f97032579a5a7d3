"""docs/check.md is carried out, block by block, and its tables are compared with the code."""

import json
import re
import shlex

import pytest
from pages import blocks

from fcsim.cli import main
from fcsim.results.vocabulary import BY_NAME
from fcsim.scenario import yaml12
from fcsim.study.check.directions import lower_is_better
from fcsim.study.check.outcomes import Kind, Verdict


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "check.md").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(page, tmp_path_factory):
    """A folder with the page's scenario in which every fcsim command of the page has been run."""
    place = tmp_path_factory.mktemp("check-page")
    (place / "shop.yaml").write_text(blocks(page, "yaml")[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for name in ("CI", "GITHUB_ACTIONS"):
            patch.delenv(name, raising=False)
        for line in "".join(blocks(page, "sh")).splitlines():
            program, *arguments = shlex.split(line)
            if program == "fcsim":
                assert main([*arguments, "--workers", "1"]) == 0, line
    return place


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return folder


def test_the_commands_leave_what_the_page_says(folder):
    assert (folder / "baselines" / "shop.json").exists()
    assert (folder / "results" / "checks.xml").read_text("utf-8").startswith("<?xml")


def test_a_fattened_image_fails_as_shown(page, here, capsys):
    command, *shown = blocks(page, "console")[0].splitlines()
    assert main(shlex.split(command)[2:]) == 1
    told = iter([blank(line) for line in capsys.readouterr().out.splitlines()])
    for line in shown:
        assert blank(line) in told, line  # in this order


def blank(line):
    """Leave out figures, of which other machines may have other last digits, and alignment."""
    return re.sub(r"[\d.,]+ ?(ms|s|min|CNY)?", "#", re.sub(" {2,}", "  ", line))


def test_the_python_block_runs(page, here, capsys):
    names = {}
    exec(blocks(page, "python")[0], names)
    assert names["report"].verdict == "passed"
    assert capsys.readouterr().out.startswith("shop passed ()")
    assert len(names["frame"]) == 3


def test_every_key_of_the_json_is_listed(page, here, capsys):
    assert main(["check", "shop.yaml", "bad.yaml", "--format", "json"]) == 2
    document = json.loads(capsys.readouterr().out)
    table = page.split("| key | value |")[1].split("\n\n")[0]
    listed = {key for row in table.splitlines()[2:] for key in re.findall(r"`([^`]+)`", cell(row))}
    file = document["files"][0]
    assert listed == {
        *document,
        *(f"files.{key}" for key in file),
        *(f"files.checks.{key}" for key in file["checks"][0]),
    }
    (problems,) = [row for row in table.splitlines() if "`files.problems`" in row]
    for key in document["files"][1]["problems"][0]:
        assert f"`{key}`" in problems


def cell(row):
    return row.split("|")[1]


def test_kinds_verdicts_and_exit_codes_are_listed(page):
    first = re.findall(r"^\| `?([a-z0-9]+)`? \|", page.split("## Baselines")[0], re.MULTILINE)
    assert first == [
        *("kind", *(kind.value for kind in Kind)),
        *("verdict", *(verdict.value for verdict in Verdict)),
        *map(str, range(5)),
    ]


def test_directions_are_those_of_the_code(page):
    table = page.split("| KPIs | better | allowed")[1].split("\n\n")[0].splitlines()[2:]
    judged = set()
    for row in table:
        _, kpis, better, *_ = (part.strip() for part in row.split("|"))
        for name in re.findall(r"`([^`]+)`", kpis):
            start = name.removesuffix("…")
            found = [k for k in BY_NAME if (k.startswith(start) if start != name else k == name)]
            ways = [lower_is_better(kpi) for kpi in found if is_known(kpi)]
            assert ways, name
            assert set(ways) == {better == "lower"}, name
            judged.update(found)
    rest = {kpi for kpi in BY_NAME if is_known(kpi)} - judged
    assert {kpi.split(".")[0] for kpi in rest} <= {"cold_start", "queue", "calls", "messages"}


def is_known(kpi):
    try:
        lower_is_better(kpi)
    except KeyError:
        return False
    return True


def test_the_help_names_every_option_of_the_page(page, capsys):
    main(["check", "--help"])
    told = capsys.readouterr().out + "--fcsim --fcsim-reps --fcsim-budget --fcsim-inconclusive"
    for option in set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?=[ `\n])", page)):
        assert option in told or option == "--junitxml", option


# ── pipelines ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def options(capsys):
    main(["check", "--help"])
    return set(re.findall(r"--[a-z-]+", capsys.readouterr().out))


def checks(line, options):
    program, command, *arguments = shlex.split(line)
    assert (program, command) == ("fcsim", "check")
    assert {a for a in arguments if a.startswith("--")} <= options
    assert "scenarios/*.yaml" in arguments


def test_the_workflow_of_github(page, options):
    workflow = yaml12.parse(blocks(page, "yaml")[1]).data
    assert workflow["on"] == ["pull_request"]
    steps = workflow["jobs"]["check"]["steps"]
    assert all(len({"uses", "run"} & step.keys()) == 1 for step in steps)
    install, check = [step["run"] for step in steps if "run" in step]
    assert install == "pip install fcsim"
    checks(check, options)
    upload = steps[-1]
    assert upload["if"] == "always()"
    assert upload["with"]["path"] in shlex.split(check)


def test_the_job_of_gitlab(page, options):
    job = yaml12.parse(blocks(page, "yaml")[2]).data["fcsim"]
    checks(job["script"], options)
    assert job["artifacts"]["reports"]["junit"] in shlex.split(job["script"])


def test_the_configuration_of_pre_commit(page, root):
    (repo,) = yaml12.parse(blocks(page, "yaml")[3]).data["repos"]
    hooks = yaml12.parse((root / ".pre-commit-hooks.yaml").read_text("utf-8")).data
    assert [hook["id"] for hook in repo["hooks"]] == [hook["id"] for hook in hooks]


def test_the_hook_refuses_what_cannot_be_run(root, here, capfd):
    (hook,) = yaml12.parse((root / ".pre-commit-hooks.yaml").read_text("utf-8")).data
    program, *entry = shlex.split(hook["entry"])
    assert program == "fcsim"
    assert main([*entry, "shop.yaml"]) == 0
    (here / "traced.yaml").write_text(
        (here / "shop.yaml").read_text().replace("{poisson: 2/s}", "{trace: {file: gone.csv}}")
    )
    assert main([*entry, "traced.yaml"]) == 2
    assert "gone.csv" in capfd.readouterr().err


@pytest.mark.parametrize(
    "path,wanted",
    [
        ("scenarios/shop.yaml", True),
        ("deploy/scenarios/shop.yml", True),
        ("scenarios/baselines/shop.json", False),
        ("scenarios/traces/data.yaml", False),
        ("docker-compose.yaml", False),
    ],
)
def test_the_hook_looks_at_scenarios_only(root, path, wanted):
    (hook,) = yaml12.parse((root / ".pre-commit-hooks.yaml").read_text("utf-8")).data
    assert bool(re.search(hook["files"], path)) is wanted
    assert {"id", "name", "entry", "language"} <= hook.keys()
