"""What readers of JUnit XML accept, in our own words.

It follows the schema that the xUnit plugin of Jenkins validates against (junit-10.xsd, also what
pytest's ``xunit2`` family keeps to), without reruns, which fcsim never writes.
"""

import re

TIME = re.compile(r"\d+\.\d+")
OUTCOME = {"message", "type"}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "file", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "time", "classname"},
    "failure": OUTCOME,
    "error": OUTCOME,
    "skipped": OUTCOME,
    "system-out": set(),
    "system-err": set(),
}
REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name", "classname"},  # GitLab tells cases apart by both
    "property": {"name", "value"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "properties": {"property"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
}


def faults(root):
    """Return what is wrong with a document; counts that do not add up are wrong too."""
    found = [] if root.tag == "testsuites" else [f"root is {root.tag}"]
    for element in root.iter():
        found += _of_element(element)
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    found += [f"twice: {name}" for name in set(names) if names.count(name) > 1]
    return found


def _of_element(element):
    tag = element.tag
    if tag not in ATTRIBUTES:
        return [f"no such element: {tag}"]
    found = [f"{tag} has {name}" for name in set(element.keys()) - ATTRIBUTES[tag]]
    found += [f"{tag} lacks {name}" for name in REQUIRED.get(tag, set()) - set(element.keys())]
    found += [f"{child.tag} in {tag}" for child in element if child.tag not in CHILDREN[tag]]
    if element.get("time") is not None and not TIME.fullmatch(element.get("time")):
        found.append(f"time {element.get('time')}")
    for attribute, wanted in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"),
                              ("skipped", "skipped")):  # fmt: skip
        if tag.startswith("testsuite") and element.get(attribute) is not None:
            number = sum(1 for _ in element.iter(wanted))
            if element.get(attribute) != str(number):
                found.append(f"{tag} {attribute} {element.get(attribute)}, not {number}")
    return found
