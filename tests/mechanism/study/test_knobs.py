"""How values of a path are written, and which settings they make."""

import pytest

from fcsim.errors import UsageError
from fcsim.study.design import grid, sample, shard_of
from fcsim.study.knobs import Knob, Span, knob, knobs


@pytest.mark.parametrize(
    "text, values",
    [
        ("1,2,5", (1, 2, 5)),
        ("512 MB, 1024 MB", ("512 MB", "1024 MB")),
        ("slim,fat", ("slim", "fat")),
        ("{constant: 2 s},{exponential: 1 s}", ({"constant": "2 s"}, {"exponential": "1 s"})),
        ("0..3", (0, 1, 2, 3)),
        ("7", (7,)),
        ("0..10..4", (0, 4, 8)),
        ("0.1..0.3..0.1", (0.1, 0.2, 0.3)),
        ("512..2048..512 MB", ("512 MB", "1024 MB", "1536 MB", "2048 MB")),
        ("true,false", (True, False)),
    ],
)
def test_values_are_written_so(text, values):
    assert knob("p", text) == Knob("p", values)


@pytest.mark.parametrize(
    "text, span",
    [("0.5..2 s", Span(0.5, 2, "s")), ("1.0..2.0", Span(1, 2, "")), ("1..9 ms", Span(1, 9, "ms"))],
)
def test_ranges_without_steps_are_everything_between(text, span):
    assert knob("p", text) == Knob("p", span=span)


@pytest.mark.parametrize(
    "wrong, said",
    [
        ("p", "expected path=value"),
        ("=1", "expected path=value"),
        ("p=", "no values"),
        ("p=1,1", "comes twice"),
        ("p=5..1", "runs downwards"),
        ("p=0..5..0", "a step above 0"),
        ("p=0..99999", "at most 10,000"),
        ("p=[1,", "p: "),
    ],
)
def test_what_makes_no_values_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        knobs([wrong])


def test_a_path_varies_once_and_something_varies():
    with pytest.raises(UsageError, match="p varies twice"):
        knobs(["p=1", "p=2"])
    with pytest.raises(UsageError, match="nothing varies"):
        knobs([])


def test_a_mapping_has_values_or_texts():
    assert knobs({"a": [1, 2], "b": "0..1"}) == [Knob("a", (1, 2)), Knob("b", (0, 1))]


def test_a_grid_has_every_combination_the_last_knob_fastest():
    settings = grid(knobs(["a=1,2", "b=x,y"]))
    assert [tuple(s.values()) for s in settings] == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]


def test_a_grid_needs_values():
    with pytest.raises(UsageError, match=r"a: a grid needs values .* --sample N"):
        grid(knobs(["a=0.5..2 s"]))


def test_a_sample_fills_the_space_evenly_and_depends_on_the_seed_only():
    found = knobs(["a=0..1 s", "b=x,y"])
    settings = sample(found, 16, seed=3)
    assert settings == sample(found, 16, seed=3) != sample(found, 16, seed=4)
    sixteenths = sorted(int(float(s["a"].removesuffix(" s")) * 16) for s in settings)
    assert sixteenths == list(range(16))
    assert [s["b"] for s in settings].count("x") == 8


def test_a_shard_is_a_part_of_parts():
    assert shard_of("2/4") == (2, 4)
    for wrong in ("0/2", "3/2", "1", "a/b", "1/2/3"):
        with pytest.raises(UsageError, match="--shard"):
            shard_of(wrong)
