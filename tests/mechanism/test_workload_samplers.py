"""Samplers: exact values, streams that do not depend on grouping, shapes and per-function means."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from fcsim.errors import ScenarioError
from fcsim.scenario.distributions import TimeDistribution
from fcsim.streams import Streams, hash_uniform, hash_uniforms
from fcsim.workload.samplers import (
    LONGEST,
    ScalarStream,
    mean,
    resolve_by,
    sampler,
)

STREAMS = Streams(7)
HALVES = {"mixture": [{"weight": 1, "time": "1 s"}, {"weight": 3, "time": {"exponential": "9 s"}}]}


def read(value):
    return TypeAdapter(TimeDistribution).validate_python(value)


def draw(value, n, entity="shop", base_dir=None):
    extra = () if base_dir is None else (base_dir,)
    return sampler(read(value), STREAMS, "service.time", entity, *extra).draw(n)


def test_constant_is_always_the_same():
    assert draw("120 ms", 3).tolist() == [0.12, 0.12, 0.12]


def test_quantiles_are_linear_between_points_and_flat_outside():
    value = {"empirical": {"quantiles": {0.2: "1 s", 0.6: "3 s", 0.9: "3 s"}, "maximum": "2.5 s"}}
    uniform = STREAMS.generator("service.time", "shop").random(1000)
    expected = np.minimum(np.interp(uniform, [0.2, 0.6, 0.9], [1, 3, 3]), 2.5)
    assert draw(value, 1000) == pytest.approx(expected, abs=1e-12)


def test_quantiles_from_a_file_take_its_unit(tmp_path):
    (tmp_path / "cdf.csv").write_text("10,0.5\n20, 1.000000\n")
    value = {"empirical": {"file": "cdf.csv", "unit": "ms"}}
    uniform = STREAMS.generator("service.time", "shop").random(100)
    expected = np.interp(uniform, [0.5, 1], [0.010, 0.020])
    assert draw(value, 100, base_dir=tmp_path) == pytest.approx(expected, abs=1e-12)
    assert mean(read(value), tmp_path) == pytest.approx(0.5 * 0.010 + 0.5 * 0.015)


@pytest.mark.parametrize(
    "content, place, given",
    [
        ("length,F(x)\n1,0.5\n", "cdf.csv:1:1", "'length,F(x)'"),
        ("1,0.5\n2,0.4\n", "cdf.csv:2:1", "2,0.4 after 1,0.5"),
        ("1,0.5\n2,nan\n", "cdf.csv:2:1", "2,nan after 1,0.5"),
        ("1,0.5,7\n", "cdf.csv:1:1", "'1,0.5,7'"),
        ("-1,0.5\n", "cdf.csv:1:1", "-1,0.5"),
        ("", "cdf.csv", "the file is empty"),
    ],
)
def test_a_file_of_quantiles_that_cannot_be_used(tmp_path, content, place, given):
    (tmp_path / "cdf.csv").write_text(content)
    with pytest.raises(ScenarioError) as error:
        draw({"empirical": {"file": "cdf.csv"}}, 1, base_dir=tmp_path)
    message = str(error.value)
    assert message.startswith(place)
    assert given in message
    assert "value, cumulative share" in message


def test_a_changed_file_is_read_again(tmp_path):
    for text, expected in (("10,1\n", 0.010), ("2000,1\n", 2.0)):
        (tmp_path / "cdf.csv").write_text(text)
        value = {"empirical": {"file": "cdf.csv"}}
        assert draw(value, 1, base_dir=tmp_path).tolist() == [expected]


def test_pareto_never_exceeds_its_maximum():
    values = draw({"pareto": {"minimum": "1 s", "alpha": 0.5, "maximum": "5 s"}}, 1000)
    assert values.min() >= 1
    assert values.max() == 5


def test_absurd_tails_stay_finite():
    values = draw({"pareto": {"minimum": "1 s", "alpha": 0.001}}, 1000)
    assert values.max() == LONGEST


def test_mixture_draws_each_part_for_every_request():
    parts = draw(HALVES, 1000)
    chosen = STREAMS.generator("service.time.choice", "shop").random(1000) < 0.25
    exponential = STREAMS.generator("service.time.1", "shop").exponential(9, 1000)
    assert np.array_equal(parts, np.where(chosen, 1.0, exponential))


def test_scalars_are_the_same_sequence():
    one = ScalarStream(sampler(read(HALVES), STREAMS, "service.time", "shop"), block=3)
    assert [one.next() for _ in range(10)] == draw(HALVES, 10).tolist()


def test_each_function_draws_its_own_mean_once():
    value = {"per_function": {"mean": {"uniform": {"low": "1 s", "high": "9 s"}}, "cv": 0}}
    expected = [STREAMS.generator("service.time.mean", name).uniform(1, 9) for name in ("a", "b")]
    assert [draw(value, 2, name).tolist() for name in ("a", "b")] == [[m, m] for m in expected]


def test_requests_are_gamma_around_the_function_mean():
    value = {"per_function": {"mean": "4 s", "cv": 0.5}}
    around = {"gamma": {"mean": "4 s", "cv": 0.5}}
    assert draw(value, 5).tolist() == draw(around, 5).tolist()


def test_a_function_mean_of_zero_is_constant():
    value = {"per_function": {"mean": "0 s"}}
    assert draw(value, 2).tolist() == [0.0, 0.0]


SHAPES = {
    "mixture": [
        {"weight": 1, "time": {"by": {"cpu": {0.5: "4 s", 2: "1 s"}}}},
        {"weight": 1, "time": {"by": {"gpu_type": {"none": "7 s", "ada": "2 s"}}}},
    ]
}


def test_times_by_shape_are_resolved_wherever_they_stand():
    cpu = resolve_by(read(SHAPES), gpu_type=None, cpu=0.5)
    gpu = resolve_by(read(SHAPES), gpu_type="ada", cpu=2)
    assert [part.time.constant for part in cpu.mixture] == [4, 7]
    assert [part.time.constant for part in gpu.mixture] == [1, 2]
    nested = read({"per_function": {"mean": {"by": {"cpu": {1: "3 s"}}}}})
    assert mean(resolve_by(nested, gpu_type=None, cpu=1.0)) == 3


def test_a_missing_shape_names_those_that_are_given():
    with pytest.raises(ValueError, match=r"no time for cpu 1; times are given for 0.5, 2"):
        resolve_by(read(SHAPES), gpu_type=None, cpu=1)
    with pytest.raises(ValueError, match=r"gpu_type hopper; times are given for none, ada"):
        resolve_by(read(SHAPES), gpu_type="hopper", cpu=2)
    with pytest.raises(ValueError, match="instance's shape"):
        draw({"by": {"cpu": {1: "3 s"}}}, 1)


def test_array_hash_equals_scalar_hash():
    k = np.arange(50)
    assert hash_uniforms(12345, k).tolist() == [hash_uniform(12345, one) for one in range(50)]
    keys = np.array([2**64 - 1, 5], np.uint64)
    drawn = hash_uniforms(keys, np.array([3, 4]), np.array([9, 2]))
    assert drawn.tolist() == [hash_uniform(2**64 - 1, 3, 9), hash_uniform(5, 4, 2)]
