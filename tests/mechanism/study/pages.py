"""Pages of the documentation whose blocks are carried out."""

import re
import shlex

from fcsim.cli import main


def blocks(page, language):
    """Return the contents of the page's blocks in one language."""
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def commands(page):
    """Return the command lines of the page, each as the arguments of fcsim."""
    for line in "".join(blocks(page, "sh")).splitlines():
        program, *arguments = shlex.split(line)
        assert program == "fcsim", line
        yield arguments


def carry_out(arguments, *more):
    """Run one command line, which must end well."""
    assert main([*arguments, *more]) == 0, arguments


def options(page):
    """Return the names of the options that the page mentions."""
    return set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?= |`|$)", page))


def helps(capsys, *names):
    """Return what the help of the commands says."""
    for name in names:
        main([name, "--help"])
    return capsys.readouterr().out
