"""Every example on the workload page is a valid part of a scenario."""

import re

import pytest
import yaml
from pydantic import TypeAdapter

from fcsim.scenario.arrivals import Arrivals, Workload
from fcsim.scenario.distributions import TimeDistribution

MODELS = {"workload": Workload, "arrivals": Arrivals, "times": TimeDistribution}


@pytest.mark.parametrize("kind, count", [("workload", 1), ("arrivals", 10), ("times", 12)])
def test_examples_are_valid(root, kind, count):
    page = (root / "docs" / "workload.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```yaml\n# {kind}\n(.*?)```", page, re.DOTALL)
    examples = yaml.safe_load(block)
    values = list(examples.values()) if isinstance(examples, dict) else examples
    assert len(values) == count
    for value in values:
        TypeAdapter(MODELS[kind]).validate_python(value)


def test_every_kind_has_an_example(root):
    page = (root / "docs" / "workload.md").read_text(encoding="utf-8")
    for kind in ("arrivals", "times"):
        schema = TypeAdapter(MODELS[kind]).json_schema()
        names = {next(iter(one.get("properties", {""}))) for one in schema["$defs"].values()}
        kinds = {"poisson", "steps", "sum"} if kind == "arrivals" else {"exponential", "by"}
        assert kinds <= names
        assert all(f"{{{name}: " in page for name in kinds)
