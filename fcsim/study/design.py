"""Which settings a sweep looks at, their scenarios, and which of them a shard takes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from fcsim.errors import ScenarioError, UsageError
from fcsim.scenario.loader import load
from fcsim.scenario.model import Scenario
from fcsim.scenario.overrides import pairs
from fcsim.streams import Streams
from fcsim.study.knobs import AS_IT_IS, VARIANT, Knob

__all__ = ["Base", "Setting", "grid", "sample", "shard_of"]

Setting = dict[str, Any]
"""One value by path."""


def grid(knobs: Sequence[Knob]) -> list[Setting]:
    """Return every combination of values, the last knob running fastest.

    Raises UsageError for a knob that has a span and no values.
    """
    for knob in knobs:
        if knob.span is not None:
            raise UsageError(
                f"{knob.path}: a grid needs values (a,b,c) or steps (low..high..step unit); "
                "--sample N looks everywhere between"
            )
    paths = [knob.path for knob in knobs]
    return [dict(zip(paths, values, strict=True)) for values in product(*(k.values for k in knobs))]


def sample(knobs: Sequence[Knob], size: int, seed: int) -> list[Setting]:
    """Return *size* settings that fill the space evenly: a scrambled Sobol' sequence.

    It is most even when *size* is a power of two (Sobol' 1967; Owen 1998 for the scrambling).
    """
    from scipy.stats import qmc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of sizes that are no power of two
        generator = Streams(seed).generator("sweep", "sample")
        places = qmc.Sobol(len(knobs), rng=generator).random(size)
    return [
        {knob.path: knob.at(share) for knob, share in zip(knobs, row, strict=True)}
        for row in places.tolist()
    ]


@dataclass(frozen=True)
class Base:
    """The scenario that settings change, with what stays the same in all of them."""

    source: str | Path | Mapping[str, Any]
    variant: str | None = None
    overrides: Mapping[str, Any] | Iterable[str] = ()
    seed: int | None = None

    def load(self, setting: Mapping[str, Any] | None = None) -> Scenario:
        """Return the scenario with *setting*; ScenarioError when it is not valid so."""
        values, problems = pairs(self.overrides)
        if problems:
            raise ScenarioError(problems)
        values = {**values, **(setting or {})}
        variant = values.pop(VARIANT, self.variant)
        if variant == AS_IT_IS and not self._has_variant(AS_IT_IS):
            variant = None
        return load(self.source, variant=variant, overrides=values, seed=self.seed)

    def _has_variant(self, name: str) -> bool:
        return name in load(self.source).variants


def shard_of(text: str) -> tuple[int, int]:
    """Read ``2/4``: the second of four parts; UsageError when it is none."""
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard: expected part/parts, like 1/4; got {text!r}")
    return int(found[1]), int(found[2])
