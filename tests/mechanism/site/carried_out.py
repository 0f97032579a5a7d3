"""Carries out a page: writes its files, runs its commands, compares what they print.

- A block whose first line is ``# NAME`` or whose info string has a second word is a file.
- A line of a ``sh`` block is a command of fcsim; a comment ``# exit code N`` says how it ends.
- A ``text`` block is what the commands before it printed; a ``…`` stands for anything.
- A ``python`` block runs, and names go on from one block to the next.
"""

import re
import shlex

from fcsim.cli import main

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w.-]+\.\w+)\n")
_CODE = re.compile(r"#\s*exit code (\d+)\s*$")


def blocks(page):
    """Return language, second word and content of each block of the text *page*."""
    return BLOCK.findall(page)


def carry_out(page, capsys, elsewhere=()):
    """Do all that *page* says, in the current folder; *elsewhere* are other programs' names."""
    names, told = {}, ""
    for language, name, content in blocks(page):
        first = _FILE.match(content)
        if language == "sh":
            told = _commands(content, capsys, elsewhere)
        elif language == "text":
            _told(content, told)
        elif language == "python":
            exec(compile(content, "block", "exec"), names)
        elif name or first:
            with open(name or first[1], "w") as file:
                file.write(content)
        else:
            raise AssertionError(f"nobody knows what to do with this block:\n{content}")


def parses(line):
    """Tell whether fcsim knows the command and the options of a line, without carrying it out."""
    return main([*shlex.split(line, comments=True)[1:], "--help"]) == 0


def _commands(content, capsys, elsewhere):
    told = ""
    for line in content.splitlines():
        program, *arguments = shlex.split(line, comments=True)
        if program in elsewhere:
            continue
        assert program == "fcsim", line
        code = _CODE.search(line)
        expected = int(code[1]) if code else 0
        assert main([*arguments, *_quicker(arguments)]) == expected, capsys.readouterr().err
        out, err = capsys.readouterr()
        told += out + err
    return told


def _quicker(arguments):
    """Draw no figures but the first run's."""
    later = arguments[0] == "run" and "--out" in arguments and "--no-figures" not in arguments
    return ["--no-figures"] if later else []


def _told(expected, told):
    """Assert that *told* has the lines of *expected*, in their order."""
    flat, at = _flat(told), 0
    for part in filter(None, map(_flat, expected.split("…"))):
        assert part in flat[at:], f"not told: {part}\nbut:\n{told}"
        at = flat.index(part, at) + len(part)


def _flat(text):
    return re.sub(r"\s+", " ", text).strip()
