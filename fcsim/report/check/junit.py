"""Checks as JUnit XML: a test suite for each scenario file, a test case for each check.

The elements and attributes are those that Jenkins' published schema has, which GitHub's and
GitLab's readers take as well. GitLab keeps one of several cases with one class and name, and
Jenkins splits classes at dots; names are made to suit both.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

from fcsim.report.check.text import title
from fcsim.report.console import printable
from fcsim.report.text_files import check_replaceable, write_text
from fcsim.report.values import cut
from fcsim.study.check.outcomes import Check, Checked, Report, Verdict

__all__ = ["check_junit_target", "junit_xml", "write_junit"]

_NAME = 300
_TEXT = 20_000
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) does not allow, not even escaped."""


def check_junit_target(path: str | Path) -> None:
    """Raise UsageError when *path* holds something else than test suites."""
    check_replaceable(Path(path), "<testsuite")


def write_junit(report: Report, path: str | Path, inconclusive: str | None = None) -> Path:
    """Write *report* to *path*, whole or not at all, and return the path."""
    return write_text(Path(path), [junit_xml(report, inconclusive)])


def junit_xml(report: Report, inconclusive: str | None = None) -> str:
    """Return *report* as a JUnit document.

    A failed check is a failure, a file that could not be checked an error. An inconclusive check
    is skipped with its message, or a failure when *inconclusive* is ``fail``; a file with nothing
    to check is one skipped case.
    """
    root = ET.Element("testsuites", name="fcsim check")
    suites = [_suite(file, inconclusive) for file in report]
    root.extend(suites)
    _sum_up(root, suites, report.seconds)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(file: Checked, inconclusive: str | None) -> ET.Element:
    suite = ET.Element("testsuite", name=_name(file.path), file=_name(file.path))
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", name="scenario", value=_name(file.name))
    ET.SubElement(properties, "property", name="runs", value=str(file.runs))
    names: Counter[str] = Counter()
    for check in file.checks:
        case = _case(suite, file, _unique(_name(title(check)), names))
        _tell(case, file, check, inconclusive)
    if file.problems:
        case = _case(suite, file, _unique("scenario", names))
        kind = "InternalError" if file.code == 3 else "ScenarioError"
        _outcome(case, "error", str(file.problems[0]), file.error, kind)
    elif not file.checks:
        case = _case(suite, file, "nothing to check")
        _outcome(case, "skipped", "nothing to check", "\n".join(file.notes), "nothing to check")
    _sum_up(suite, [suite], file.seconds)
    if file.notes:
        ET.SubElement(suite, "system-out").text = _text("\n".join(file.notes))
    return suite


def _case(suite: ET.Element, file: Checked, name: str) -> ET.Element:
    """Add a case; checks share the runs of their file, and so its time in equal parts."""
    number = max(len(file.checks) + bool(file.problems), 1)
    return ET.SubElement(
        suite,
        "testcase",
        classname=_class(file),
        name=name,
        time=f"{file.seconds / number:.3f}",
    )


def _class(file: Checked) -> str:
    """Return a class for the file: ``scenarios.shop``, its variant after a slash."""
    path = PurePath(file.path)
    parts = [part for part in path.with_suffix("").parts if part not in ("/", ".", "..")]
    _, slash, variant = file.name.rpartition("/")
    return _name(".".join(parts) + (f"/{variant}" if slash and not file.problems else ""))


def _unique(name: str, names: Counter[str]) -> str:
    names[name] += 1
    return name if names[name] == 1 else f"{name} ({names[name]})"


def _tell(case: ET.Element, file: Checked, check: Check, inconclusive: str | None) -> None:
    """Add what became of *check*."""
    told = [f"{check.place}: {check.message}", *file.explanation]
    if check.verdict is Verdict.PASSED:
        word = "better: " if check.better else ""
        ET.SubElement(case, "system-out").text = _text(word + check.message)
    elif check.verdict is Verdict.FAILED:
        _outcome(case, "failure", check.message, "\n".join(told), str(check.kind))
    else:
        kind = "failure" if inconclusive == "fail" else "skipped"
        _outcome(case, kind, f"inconclusive: {check.message}", told[0], "inconclusive")


def _outcome(case: ET.Element, tag: str, message: str, text: str, kind: str) -> None:
    element = ET.SubElement(case, tag, message=_text(message), type=kind)
    element.text = _text(text)


def _sum_up(element: ET.Element, suites: list[ET.Element], seconds: float) -> None:
    """Set the counts of *suites*; testsuites has no attribute for what was skipped."""
    cases = [case for suite in suites for case in suite.iter("testcase")]
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    element.set("tests", str(len(cases)))
    for attribute, tag in counted.items():
        if attribute != "skipped" or element.tag == "testsuite":
            element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{seconds:.3f}")


def _name(text: str) -> str:
    return _text(cut(text, _NAME))


def _text(text: str) -> str:
    """Return *text* as XML can hold it, without what would change a terminal or a page."""
    text = text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
    return _FORBIDDEN.sub("\ufffd", printable(text))
