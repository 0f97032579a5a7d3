"""Odd names break no output of fcsim check: terminal, JSON, XML, Markdown, annotations, CSV."""

import csv
import html
import io
import json
import re
from xml.etree import ElementTree as ET

import made_reports
import pytest
from junit_schema import faults
from markdown_it import MarkdownIt  # rich brings it
from odd_names import ODD

from fcsim.report.check import annotations, junit, summary, text
from fcsim.report.values import cut, plain
from fcsim.study.check.outcomes import document

NAMES = {
    **ODD,
    "command": "::error file=x,line=1::boo",
    "old command": "##[add-mask]secret",
    "next command": "fine\n::stop-commands::x\r::add-mask::y",
    "percent": "100 %25 %0A, a:b",
    "xml": "]]></failure><![CDATA[ & &#0; \ufffe \uffff \x0b",
    "surrogate": "\udcff",
    "markdown": "`` ` `` | a \\| b | [x](javascript:y) ![i](u) <img src=x> $a$ ~~s~~ **b**",
    "separators": "a\u2028b\u2029c\x85d",
}
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HARMFUL = set("\x00\x07\x08\x1b\r\u202e\u2066\x85")


@pytest.fixture(params=NAMES)
def odd(request):
    name = NAMES[request.param]
    return name, made_reports.report(made_reports.odd(name), made_reports.shop())


def test_the_terminal(odd):
    _, found = odd
    told = text.lines(found)
    assert not set(told) & HARMFUL
    assert "\u2028" not in told
    checks = [
        line
        for line in told.split("\n")
        if re.match(r"  (passed|failed|inconclusive|better) ", line)
    ]
    assert len(checks) == 11 + 1 + 5  # what passed the baseline is one line
    assert max(map(len, checks)) <= 16 + 72 + 2 + 600


def test_json(odd):
    name, found = odd
    said = json.loads(json.dumps(plain(document(found))))
    assert said["files"][0]["checks"][0]["subject"] == name


def test_junit_xml(odd):
    _, found = odd
    root = ET.fromstring(junit.junit_xml(found).encode("utf-8"))
    assert faults(root) == []
    assert len(list(root.iter("testcase"))) == 12 + 1 + 5
    assert max(len(value) for element in root.iter() for value in element.attrib.values()) < 21_000
    assert not set("".join(root.itertext())) & HARMFUL


def test_junit_shows_markup_as_it_is():
    found = made_reports.report(made_reports.odd(NAMES["markup"]))
    first = next(ET.fromstring(junit.junit_xml(found)).iter("testcase"))
    assert first.get("name") == NAMES["markup"]


def test_annotations_are_one_line_each_and_say_what_was_said(odd):
    name, found = odd
    for line in annotations.commands(found, {}):
        assert line.splitlines() == [line]
        assert len(line) < 20_000
        form = re.fullmatch(r"::(?:error|warning) ([^:]*)::(.*)", line)
        properties = dict(part.split("=", 1) for part in form[1].split(","))
        assert list(properties) in (["file", "line", "col", "title"], ["file", "title"])
        assert not set(form[2]) & HARMFUL
    first = annotations.commands(found, {})[0]
    if name.isprintable() and len(name) < 50:
        title = unescaped(first.split(",title=")[1].split("::")[0])
        assert title == f"fcsim: {name} could not be checked"


def unescaped(value):
    for code, one in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        value = value.replace(code, one)
    return value


def test_the_summary_keeps_its_table_and_shows_text_as_it_is(odd):
    name, found = odd
    page = summary.summary(found)
    assert not set(page) & HARMFUL
    rendered = MARKDOWN.render(page)
    tags = set(re.findall(r"<(\w+)", rendered))
    assert tags == {"h3", "p", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td"}
    assert rendered.count("<tr>") == 1 + 1 + 12 + 5
    cells = re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)
    assert len(cells) == 4 * (1 + 12 + 5)
    shown = [html.unescape(re.sub(r"</?code>", "", cell)) for cell in cells]
    assert shown.count(cut(name.replace("\n", " "), 300)) >= 9


def test_csv(odd):
    name, found = odd
    if name == NAMES["surrogate"]:  # pandas has no text with half a character
        return
    table = found.to_frame().to_csv(index=False)
    (header, first, *rows) = csv.reader(io.StringIO(table, newline=""))
    assert first[header.index("subject")] == name
    assert len(rows) == 11 + 5
    assert {len(row) for row in rows} == {len(header)}


def test_what_is_printed_cannot_command_the_runner(odd):
    _, found = odd
    first, body, last = annotations.quoted([text.lines(found)])
    token = last.strip(":")
    assert first == f"::stop-commands::{token}"
    assert token not in body
