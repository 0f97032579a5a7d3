"""YAML 1.2: what each scalar becomes, and one located error for whatever is no scenario."""

from __future__ import annotations

import math
import time

import pytest

from fcsim.errors import ScenarioError
from fcsim.scenario.yaml12 import MAX_BYTES, parse, parse_value


def error(source):
    with pytest.raises(ScenarioError) as caught:
        parse(source, "s.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    "text, value",
    [
        ("1e3", 1000.0),
        ("5e-3", 0.005),
        (".5", 0.5),
        ("12", 12),
        ("+12", 12),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-.inf", -math.inf),
        ("12:30", "12:30"),
        ("1:2:3", "1:2:3"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T00:00:00+08:00", "2026-11-23T00:00:00+08:00"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("20/s", "20/s"),
    ],
)
def test_scalars_of_the_core_schema(text, value):
    read = parse(f"a: {text}\n").data["a"]
    assert (read, type(read)) == (value, type(value))


def test_every_key_and_value_has_a_place():
    document = parse("a:\n  b: 1\n  c: [x, {d: 2}]\n")
    assert document.data == {"a": {"b": 1, "c": ["x", {"d": 2}]}}
    assert document.keys == {
        ("a",): (1, 1),
        ("a", "b"): (2, 3),
        ("a", "c"): (3, 3),
        ("a", "c", 1, "d"): (3, 11),
    }
    assert document.values == {
        (): (1, 1),
        ("a",): (2, 3),
        ("a", "b"): (2, 6),
        ("a", "c"): (3, 6),
        ("a", "c", 0): (3, 7),
        ("a", "c", 1): (3, 10),
        ("a", "c", 1, "d"): (3, 14),
    }


def test_merge_keys_stand_where_they_are_written_and_own_keys_win():
    text = """\
base: &base {os: 1, deps: 2}
image:
  <<: *base
  deps: 3
  app: 4
"""
    document = parse(text)
    assert list(document.data["image"].items()) == [("os", 1), ("deps", 3), ("app", 4)]
    assert document.keys["image", "os"] == (1, 14)
    assert document.keys["image", "deps"] == (4, 3)


def test_the_first_of_several_merged_mappings_wins():
    assert parse("<<: [{a: 1}, {a: 2, b: 3}]\n").data == {"a": 1, "b": 3}


def test_all_duplicate_keys_are_reported():
    assert error("a: 1\nb: {c: 1, c: 2}\na: 3\n").splitlines() == [
        "s.yaml:2:11: b.c: key 'c' is given twice (first on line 2)",
        "s.yaml:3:1: a: key 'a' is given twice (first on line 1)",
    ]


NOT_YAML = [
    ("", "1:1: the file is empty; a scenario needs fcsim, images, functions, workload"),
    (
        "# only a comment",
        "1:1: the file is empty; a scenario needs fcsim, images, functions, workload",
    ),
    ("a:\n\tb: 1", "2:1: not valid YAML: a tab is not allowed here; indent with spaces"),
    ("a: [1, 2", "1:9: not valid YAML: expected ',' or ']', but got '<stream end>'"),
    ("a: b: c", "1:5: not valid YAML: unexpected ':'; quote the text or check the indentation"),
    ("a: 'x", "1:6: not valid YAML: a quote is not closed"),
    (
        "- a\nb: 1",
        "2:1: not valid YAML: wrong indentation, or a bracket or quote that is not closed",
    ),
    ("a: @x", "1:4: not valid YAML: text that begins with this character needs quotes"),
    ("a: *x", "1:4: not valid YAML: found undefined alias 'x'"),
    ("a: 1\n---\nb: 2", "2:1: a second document begins here; a scenario is one document"),
    ("[1]: 2", "1:1: a key must be text or a number"),
    ("true: 1", "1:1: a key must be text or a number"),
    (".nan: 1", "1:1: a key must be text or a number"),
    ("a: !!binary eA==", "1:4: tag '!!binary' is not accepted"),
    ("a: !vault x", "1:4: tag '!vault' is not accepted"),
    ("a: !!set {x}", "1:4: tag '!!set' is not accepted"),
    ("a: !!int x", "1:4: 'x' is no whole number"),
    ("a: &a [*a]", "1:4: an alias refers to what contains it"),
    ("a: &a {<<: *a}", "1:4: an alias refers to what contains it"),
    ("a: {<<: 1}", "1:9: '<<' merges mappings only"),
    ('a: "\\U00110000"', "1:7: not valid YAML: this escape is no character"),
    ('a: "\\uD800"', "1:4: half of a UTF-16 pair is not a character"),
    ("a: x\x00", "1:5: character U+0000 is not allowed in a text file"),
    (b"a: 1\nb: \xff\n", "2:4: byte 0xff is not UTF-8; save the file as UTF-8 text"),
]


@pytest.mark.parametrize("source, message", NOT_YAML)
def test_one_located_error(source, message):
    assert error(source) == f"s.yaml:{message}"


def test_numbers_and_nesting_have_bounds():
    assert error("a: " + "1" * 400) == "s.yaml:1:4: a number of 400 digits is too long"
    assert error("a: " + "[" * 500) == "s.yaml:1:63: nested deeper than 60 levels"


@pytest.mark.parametrize("item", ["[{}]", "{{<<: [{}]}}"])
def test_exploding_aliases_end_at_once(item):
    lines = [f"a: &a {item.format('{x: 1}')}"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} {item.format(', '.join(['*' + before] * 9))}")
    begun = time.process_time()
    assert error("\n".join(lines)).endswith("more than 200,000 values, aliases written out")
    assert time.process_time() - begun < 5


def test_a_huge_file_is_refused_before_it_is_parsed():
    assert error("x" * (MAX_BYTES + 1)) == (
        "s.yaml:1:1: 1,000,001 bytes are more than 1,000,000; keep long lists in a CSV file "
        "and name that (trace, counts, catalogue)"
    )


def test_a_byte_order_mark_is_no_fault():
    assert parse("\ufeffa: 1".encode()).data == {"a": 1}


@pytest.mark.parametrize(
    "text, value",
    [("", None), ("2", 2), ("[1, 2]", [1, 2]), ("{poisson: 20/s}", {"poisson": "20/s"})],
)
def test_a_value_alone(text, value):
    assert parse_value(text) == value
