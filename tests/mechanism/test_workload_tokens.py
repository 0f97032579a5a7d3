"""Traces whose service time follows from tokens, and traces whose clock begins elsewhere."""

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from fcsim import load, run
from fcsim.errors import ScenarioError
from fcsim.scenario.arrivals import Arrivals
from fcsim.streams import Streams
from fcsim.workload.arrivals import process
from fcsim.workload.process import Context

CONTENT = """\
TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:17:04.5000000,4000,10
2023-11-16 18:17:03.0000000,1000,200
2023-11-16 18:17:09.0000000,0,0
"""
COLUMNS = {"input": "ContextTokens", "output": "GeneratedTokens"}
TOKENS = {**COLUMNS, "fixed": "50 ms", "per_input": "0.25 ms", "per_output": "30 ms"}


@pytest.fixture
def trace(tmp_path):
    def build(content=CONTENT, **options):
        (tmp_path / "t.csv").write_text(content)
        given = {"trace": {"file": "t.csv", "time": "TIMESTAMP", **options}}
        model = TypeAdapter(Arrivals).validate_python(given)
        context = Context(Streams(3), "w", "workload.w.arrivals", folder=tmp_path, end=1e9)
        return process(model, context).until(1e8)

    return build


def test_service_times_by_tokens(trace):
    batch = trace(tokens=TOKENS)
    assert batch.time.tolist() == [0.0, 1.5, 6.0]
    assert batch.work.tolist() == [0.05 + 0.25 + 6.0, 0.05 + 1.0 + 0.3, 0.05]


def test_a_rate_that_is_not_given_costs_nothing(trace):
    assert trace(tokens={**COLUMNS, "per_output": "20 ms"}).work.tolist() == [4.0, 0.2, 0.0]


def test_an_end_less_the_time_by_tokens_is_the_start(trace):
    batch = trace(tokens={**COLUMNS, "per_output": "20 ms"}, time_is="end")
    assert batch.time.tolist() == [0.0, 5.3, 10.0]  # ends 3, 4.5, 9 less 4, 0.2 and 0


@pytest.mark.parametrize(
    "tokens, cell, message",
    [
        (TOKENS, "-1", "t.csv:2:2: workload.w.arrivals.trace.file: column 'ContextTokens': got '"),
        (TOKENS, "many", "expected a number of tokens, not negative"),
        ({**TOKENS, "input": "Tokens"}, "5", "no column 'Tokens'; the columns are TIMESTAMP, Con"),
    ],
)
def test_tokens_that_cannot_be_used(trace, tokens, cell, message):
    with pytest.raises(ScenarioError) as error:
        trace(CONTENT.replace("4000", cell), tokens=tokens)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"tokens": TOKENS, "duration": "d"}, "give duration or tokens, not both"),
        ({"tokens": COLUMNS}, "give fixed, per_input or per_output"),
        ({"tokens": {"input": "a", "fixed": "1 s"}}, "Field required"),
        ({"tokens": {**TOKENS, "fixed": 3}}, "3 has no unit"),
    ],
)
def test_options_that_do_not_fit(trace, options, message):
    with pytest.raises(ValidationError, match=message):
        trace(**options)


def test_a_scenario_runs_on_tokens(tmp_path):
    (tmp_path / "t.csv").write_text(CONTENT)
    (tmp_path / "s.yaml").write_text(
        """\
fcsim: 1
horizon: 1 min
platform: {preset: ideal}
images: {i: {compressed: 1 GB}}
functions: {f: {image: i, service: {time: 1 s}}}
workload:
  w:
    function: f
    arrivals:
      trace:
        file: t.csv
        time: TIMESTAMP
        tokens: {input: ContextTokens, output: GeneratedTokens, per_output: 30 ms}
"""
    )
    result = run(load(tmp_path / "s.yaml"))
    assert result.kpis["latency"]["max"] == 6.0


@pytest.mark.parametrize("origin", ["2023-11-16T18:17:00Z", "2023-11-17 02:17:00+08:00"])
def test_origin_is_the_instant_of_t_zero(trace, origin):
    assert trace(origin=origin).time.tolist() == [3.0, 4.5, 9.0]


def test_origin_of_numeric_times_is_in_their_unit(trace):
    content = "TIMESTAMP\n1764000000500\n1764000000000\n"
    times = trace(content, unit="ms", origin=1763999940000).time
    assert times.tolist() == [60.0, 60.5]


@pytest.mark.parametrize(
    "origin, message",
    [
        ("2023-11-16T18:17:03.5Z", "is 0.5 s after the earliest row"),
        (5, "origin 5.0 is not ISO 8601 text, as the times of the trace are"),
        ("noon", "origin 'noon' is not ISO 8601 text"),
    ],
)
def test_origins_that_cannot_be_used(trace, origin, message):
    with pytest.raises(ScenarioError) as error:
        trace(origin=origin)
    assert message in str(error.value)


def test_the_code_trace_by_tokens(data, trace):
    """50 ms, 0.2 ms a token read and 30 ms a token written, on 8,819 real requests."""
    content = (data / "azure_llm2023_code.csv").read_text()
    tokens = {**COLUMNS, "fixed": "50 ms", "per_input": "0.2 ms", "per_output": "30 ms"}
    batch = trace(content, tokens=tokens)
    rows = np.genfromtxt(content.splitlines()[1:], delimiter=",", usecols=(1, 2))
    assert len(batch.time) == 8819
    assert batch.time[-1] == pytest.approx(3435.9, abs=0.1)
    assert sorted(batch.work) == sorted(0.05 + 0.0002 * rows[:, 0] + 0.03 * rows[:, 1])
