"""Every shipped scenario runs and gives the figures stored beside this file.

After a change that is meant to move them: ``python tests/regression/test_shipped_scenarios.py``
writes them anew; the diff then shows what moved.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from fcsim import load, run
from fcsim.errors import ScenarioError
from fcsim.sim.simulation import simulate

ROOT = Path(__file__).parent.parent.parent
STORED = Path(__file__).with_name("shipped_scenarios.json")
FIGURES = [
    "requests.arrived", "requests.completed", "requests.failed", "requests.throttled",
    "requests.timed_out", "requests.unfinished", "requests.cold", "requests.waited",
    "requests.queued", "latency.mean", "latency.p50", "latency.p99", "cold_start.mean",
    "cold_start.phase.pull.mean", "instances.created", "instances.mean", "instances.peak",
    "image.bytes_pulled", "image.pull_seconds", "cost.total",
]  # fmt: skip


FILES = {path.stem: path for path in sorted((ROOT / "scenarios").rglob("*.yaml"))}


def cases():
    """Return every shipped scenario and each of its variants, as ``name`` or ``name/variant``."""
    found = []
    for path in FILES.values():
        block = yaml.safe_load(path.read_text("utf-8"))
        found += [path.stem, *(f"{path.stem}/{variant}" for variant in block["variants"])]
    return found


def measured(case):
    name, _, variant = case.partition("/")
    result = run(load(FILES[name], variant=variant or None))
    values = {figure: float(result.kpi(figure)) for figure in FIGURES}
    return {figure: None if np.isnan(value) else value for figure, value in values.items()}


@pytest.mark.parametrize("name", cases())
def test_figures_are_as_stored(name, request):
    if name.startswith("azure-day"):
        request.getfixturevalue("data")
    stored = json.loads(STORED.read_text("utf-8"))
    # draws are the same bytes for one NumPy only; elsewhere the figures are statistics
    same_draws = stored["numpy"] == np.__version__
    expected = stored["scenarios"][name]
    found = measured(name)
    for figure, value in expected.items():
        if value is None or found[figure] is None:
            assert found[figure] == value, figure
        else:
            tolerance = 1e-9 if same_draws else 0.2
            assert found[figure] == pytest.approx(value, rel=tolerance), figure


@pytest.mark.parametrize("name", [case for case in cases() if "/" not in case])
def test_both_planes_give_the_same_bytes(name, request):
    pytest.importorskip("numba", reason="the compiled plane needs numba (fcsim[fast])")
    if name == "azure-day":
        request.getfixturevalue("data")
    scenario = load(FILES[name])
    reference, compiled = (simulate(scenario, engine=e) for e in ("reference", "compiled"))
    for table in ("requests", "instances", "pulls"):
        for column, values in getattr(reference, table).items():
            same = values.tobytes() == getattr(compiled, table)[column].tobytes()
            assert same, (table, column)


def test_a_missing_trace_is_a_clear_error(tmp_path):
    text = FILES["azure-day"].read_text("utf-8")
    moved = tmp_path / "a" / "b" / "c" / "azure-day.yaml"  # no trace is three folders up
    moved.parent.mkdir(parents=True)
    moved.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(moved)
    assert any(
        "azure2019_minute_profile_500.csv" in str(p) and p.line for p in caught.value.problems
    )


if __name__ == "__main__":
    content = {"numpy": np.__version__, "scenarios": {case: measured(case) for case in cases()}}
    STORED.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
