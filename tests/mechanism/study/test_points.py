"""Points have keys that mean what decides their outcome; outcomes survive on disk."""

import json
import subprocess
import sys
from math import inf, isnan, nan

from fcsim import load
from fcsim.study import point as point_module
from fcsim.study.outcome import CURVE, Outcome
from fcsim.study.point import Point, simulate
from fcsim.study.store import Store

TINY = {
    "fcsim": 1,
    "horizon": "2 min",
    "images": {"i": {"compressed": "100 MB"}},
    "functions": {"f": {"image": "i", "service": {"time": {"exponential": "200 ms"}}}},
    "workload": {"w": {"function": "f", "arrivals": {"poisson": "5/s"}}},
    "variants": {"slow": {"functions.f.service.time": {"constant": "1 s"}}},
}


def key(replication=0, **changes):
    return Point(load(TINY, **changes), replication).key


def test_equal_points_have_equal_keys_and_names_do_not_count():
    assert key() == key(overrides={"name": "other", "objectives": ["cost.total <= 1 CNY"]})


def test_what_decides_the_outcome_changes_the_key():
    keys = {key(), key(1), key(seed=2), key(variant="slow"), key(overrides={"horizon": "1 min"})}
    assert len(keys) == 5


def test_the_contents_of_named_files_are_part_of_the_key(tmp_path):
    trace = tmp_path / "t.csv"
    arrivals = {"trace": {"file": str(trace), "time": "t", "unit": "s"}}
    keys = set()
    for text in ("t\n1\n", "t\n2\n"):
        trace.write_text(text)
        keys.add(key(overrides={"workload.w.arrivals": arrivals}))
    assert len(keys) == 2


def test_other_code_or_another_numpy_makes_another_key(monkeypatch):
    before = key()
    monkeypatch.setattr(point_module, "fingerprint", lambda: "other")
    assert key() != before


def test_the_key_is_the_same_in_another_process(root, tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(json.dumps(TINY))
    program = (
        "import sys; from fcsim import load; from fcsim.study.point import Point\n"
        "print(Point(load(sys.argv[1]), 3).key)"
    )
    command = [sys.executable, "-c", program, str(file)]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == Point(load(file), 3).key


def test_an_outcome_has_every_kpi_and_the_latency_curve():
    outcome = simulate(Point(load(TINY)))
    assert outcome.error == ""
    assert outcome.kpis["requests.completed"] == outcome.kpis["functions.f.requests.completed"]
    assert outcome.curve[CURVE.index(0.5)] == outcome.kpis["latency.p50"]
    assert outcome.curve[-1] == outcome.kpis["latency.max"]


def test_a_worker_of_other_code_refuses():
    assert "other code" in simulate(Point(load(TINY)), "another fingerprint").error


def test_a_store_gives_back_the_very_same_figures(tmp_path):
    outcome = simulate(Point(load(TINY)))
    Store(tmp_path / "points").put(outcome)
    found = Store(tmp_path / "points").get(outcome.key)
    assert repr(found) == repr(outcome)
    assert any(isnan(value) for value in found.kpis.values())


def test_a_store_knows_nothing_of_what_is_missing_or_broken(tmp_path):
    store = Store(tmp_path)
    assert store.get("a") is None
    for broken in ("", "{", "[]", '{"key": "b"}', '{"key": "a", "kpis": 3, "seconds": 1}'):
        (tmp_path / "a.json").write_text(broken)
        assert store.get("a") is None


def test_a_store_looks_in_other_folders_and_writes_in_its_own(tmp_path):
    Store(tmp_path / "other").put(Outcome("a", {"x": nan}, 1.0))
    store = Store(tmp_path / "own", [tmp_path / "other"])
    assert store.get("a").seconds == 1.0
    store.put(Outcome("b", {}, 1.0))
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["b.json"]


def test_a_store_keeps_figures_without_end(tmp_path):
    Store(tmp_path).put(Outcome("a", {"x": inf}, 1.0))
    assert Store(tmp_path).get("a").kpis == {"x": inf}
