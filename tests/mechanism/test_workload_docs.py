"""Every example on the workload page is a valid part of a scenario, and none is missing."""

import re
from typing import get_args

import pytest
import yaml
from pydantic import TypeAdapter

from fcsim.scenario.arrivals import Arrivals, Workload
from fcsim.scenario.distributions import TimeDistribution


def example(root, kind):
    page = (root / "docs" / "workload.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```yaml\n# {kind}\n(.*?)```", page, re.DOTALL)
    return yaml.safe_load(block)


def test_the_workload_entry_is_valid(root):
    entry = TypeAdapter(dict[str, Workload]).validate_python(example(root, "workload"))["visitors"]
    assert (entry.scale, entry.share, entry.start, entry.end) == (1.5, 0.5, 600.0, 3000.0)


def test_the_examples_of_callers_are_valid(root):
    entries = TypeAdapter(dict[str, Workload]).validate_python(example(root, "callers"))
    assert all(entry.has_callers for entry in entries.values())
    assert entries["shoppers"].client.retries == 3
    assert entries["clerks"].arrivals.users.number == 50
    assert entries["orders"].invocation_type == "async"


def test_the_example_of_tokens_is_valid(root):
    trace = TypeAdapter(Arrivals).validate_python(example(root, "tokens")).trace
    tokens = trace.tokens
    assert (tokens.fixed, tokens.per_input, tokens.per_output) == (0.05, 0.0002, 0.03)


@pytest.mark.parametrize("kind, choice", [("arrivals", Arrivals), ("times", TimeDistribution)])
def test_every_kind_has_a_valid_example(root, kind, choice):
    models = TypeAdapter(list[choice]).validate_python(example(root, kind))
    assert {type(model) for model in models} == set(get_args(get_args(choice)[0]))
