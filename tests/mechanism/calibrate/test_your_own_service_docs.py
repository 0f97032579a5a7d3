"""docs/your-own-service.md is carried out, block by block, with a small generated log."""

import json
import re
import shlex

import pytest

import fcsim
from fcsim.cli import main

UNTOLD = {
    "images": {"shop": {"compressed": "600 MB",
                        "server": {"start": {"lognormal": {"median": "1.8 s", "p99": "6 s"}}}}},
    "functions": {"checkout": {
        "image": "shop", "cpu": 1, "memory_size": "2048 MB", "timeout": "60 s",
        "keep_alive": "47 s", "service": {"time": {"lognormal": {"median": "1.2 s", "p99": "9 s"}}},
    }},
}  # fmt: skip
"""What the service of the page really does; its reader knows it from the log only."""


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "your-own-service.md").read_text("utf-8")


@pytest.fixture(scope="module")
def done(page, known, tmp_path_factory):
    """A folder in which everything on the page has been done."""
    pytest.importorskip("pyarrow", reason="the page's traffic is a Parquet file")
    folder = tmp_path_factory.mktemp("own-service")
    (manifest,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (deployment,) = re.findall(r"```yaml\n# s.yaml\n(.*?)```", page, re.DOTALL)
    (folder / "checkout.json").write_text(manifest)
    (folder / "s.yaml").write_text(deployment)
    workload = {"w": {**known.scenario["workload"]["w"], "function": "checkout"}}
    known.log_of({**known.scenario, **UNTOLD, "workload": workload}, folder / "requests.jsonl")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL):
            for line in block.splitlines():
                program, *arguments = shlex.split(line)
                assert program == "fcsim"
                assert main(arguments) == 0, line
    return folder


def test_the_calibrated_scenario_knows_the_service(done):
    scenario = fcsim.load(done / "shop-calibrated.yaml")
    assert scenario.functions["checkout"].keep_alive == pytest.approx(47, abs=1.5)
    assert scenario.functions["checkout"].service.time.lognormal.median == pytest.approx(
        1.2, rel=0.1
    )
    assert (done / "figures" / "predictions.png").exists()


def test_minimum_instances_answer(done):
    kpis = [json.loads((done / name / "kpis.json").read_text()) for name in ("today", "two")]
    today, two = kpis
    assert today["requests"]["arrived"] == two["requests"]["arrived"] > 1000
    assert two["cold_start"]["ratio"] < today["cold_start"]["ratio"]
    assert two["latency"]["p95"] < today["latency"]["p95"]
    assert two["cost"]["per_month"] > today["cost"]["per_month"]
