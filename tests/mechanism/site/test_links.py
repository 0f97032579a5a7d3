"""Links between Markdown files lead somewhere, also where Git hosts show them without a build."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = [
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *(ROOT / "docs").rglob("*.md")]
    if "generated" not in path.parts and ".venv" not in path.parts
]
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def heading_anchors(text):
    """Return the anchors that Git hosts and Sphinx give to the headings of *text*."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return {slug(title) for title in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}


def slug(title):
    kept = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower())
    return kept.strip().replace(" ", "-")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    broken = []
    for target in LINK.findall(CODE.sub("", path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists() or (
            fragment and fragment not in heading_anchors(file.read_text("utf-8"))
        ):
            broken.append(target)
    assert broken == []


def test_slugs():
    assert slug("The bill") == "the-bill"
    assert slug("`page` by region") == "page-by-region"
    assert slug("What is M/M/c?") == "what-is-mmc"
