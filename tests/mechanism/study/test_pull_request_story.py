"""A pull request makes an image larger: fcsim check says so, and why; a smaller one is better."""

import pytest

import fcsim
from fcsim.cli import main

SHOP = """
fcsim: 1
seed: 5
horizon: 4 min
images:
  shop:
    layers: {os: 30 MB, dependencies: 120 MB, app: APP MB}
    server: {start: 900 ms}
functions:
  api:
    image: shop
    cpu: 1
    memory_size: 1024 MB
    pull: eager
    service: {time: {lognormal: {median: 200 ms, p99: 800 ms}}}
workload:
  visits: {function: api, arrivals: {poisson: 4/s}}
objectives:
  - requests.success_ratio >= 99 %
  - latency.p99 <= 6 s
"""


@pytest.fixture
def pull_request(tmp_path, monkeypatch, capsys):
    """Return a function that changes the size of the layer and checks; the baseline has 62 MB."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    shop = tmp_path / "shop.yaml"

    def check(megabytes, *options):
        shop.write_text(SHOP.replace("APP", str(megabytes)))
        code = main(["check", "shop.yaml", *options])
        return code, capsys.readouterr().out

    assert check(62, "--update-baseline")[0] == 0
    return check


def test_nothing_changed(pull_request):
    code, out = pull_request(62)
    assert code == 0
    assert "all KPIs of 5 runs are equal to the bit" in out
    assert out.splitlines()[-1].startswith("3 passed, 0 failed in ")


def test_400_mb_more_fail_and_the_first_line_says_why(pull_request):
    code, out = pull_request(462)
    assert code == 1
    first = out.splitlines()[1]
    assert "latency.p99 rose 5.15 s → 16.3 s (+216 %): cold starts wait 8.38 s longer" in first
    assert "of which pull 8.38 s" in first
    assert first.endswith("layer app 62 MB → 462 MB")
    assert "since the baseline: images.shop.layers.app 62 MB → 462 MB" in out


def test_the_objective_fails_at_its_own_line(pull_request):
    pull_request(462)
    worst = fcsim.check("shop.yaml").checks[1]
    assert (worst.subject, worst.verdict) == ("latency.p99 <= 6 s", "failed")
    assert (worst.place.file, worst.place.line, worst.place.column) == ("shop.yaml", 20, 5)
    assert SHOP.splitlines()[worst.place.line - 1] == "  - latency.p99 <= 6 s"


def test_50_mb_less_pass_and_are_better(pull_request):
    code, out = pull_request(12)
    assert code == 0
    (line,) = (line for line in out.splitlines() if "better        baseline: latency.p99 " in line)
    assert line.endswith("fell 5.07 s → 4.20 s (-17 %): better")
    assert " 0 failed" in out


def test_the_better_figures_can_become_the_baseline(pull_request):
    code, out = pull_request(12, "--update-baseline")
    assert code == 0
    assert "since the baseline: images.shop.layers.app 62 MB → 12 MB" in out
    assert "latency.p999 5.74 s → 4.90 s (-15 %)" in out
    assert "equal to the bit" in pull_request(12)[1]
