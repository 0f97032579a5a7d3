"""``pytest --fcsim``: scenario files as tests, one a file.

A scenario file is one that ends in ``.yaml`` or ``.yml`` and has a top-level key ``fcsim:``. Its
test does what ``fcsim check`` does with it, and fails with the same lines. pytest loads this module
with every run in an environment that has fcsim, so it imports nothing until ``--fcsim`` is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fcsim.study.check.outcomes import Checked

__all__ = ["CheckFailed", "ScenarioFile", "ScenarioTest", "is_scenario"]

_KEY = re.compile(rb"""^(?:\xef\xbb\xbf)?(?:\{\s*)?["']?fcsim["']?\s*:""", re.MULTILINE)
_NO_TIME = 1e-9
"""Seconds left of a budget that is spent: what is not done yet is inconclusive."""
_SETTINGS = pytest.StashKey["_Settings"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("fcsim", "scenario files as tests")
    group.addoption("--fcsim", action="store_true", help="Check scenario files (fcsim check).")
    group.addoption("--fcsim-reps", metavar="N", help="Most runs of each scenario.")
    group.addoption("--fcsim-budget", metavar="DURATION", help="Most time for all of them: 60s.")
    group.addoption("--fcsim-inconclusive", choices=("fail", "skip", "pass"), default="fail",
                    help="What a test does whose checks stay open [default: fail].")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; pytest.UsageError says what is wrong with them."""
    if config.getoption("fcsim"):
        config.stash[_SETTINGS] = _Settings(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect *file_path* if it is a scenario and ``--fcsim`` was given."""
    if _SETTINGS not in parent.config.stash or file_path.suffix not in (".yaml", ".yml"):
        return None
    return ScenarioFile.from_parent(parent, path=file_path) if is_scenario(file_path) else None


def is_scenario(path: Path) -> bool:
    """Tell whether the YAML file *path* has a top-level key ``fcsim:``, valid or not."""
    try:
        return _KEY.search(path.read_bytes()) is not None
    except OSError:
        return False


class CheckFailed(Exception):
    """A scenario did not pass; the message is what ``fcsim check`` would print."""


class ScenarioFile(pytest.File):
    """A scenario file: one test, ``scenarios/shop.yaml::fcsim``."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the test."""
        yield ScenarioTest.from_parent(self, name="fcsim")


class ScenarioTest(pytest.Item):
    """Objectives and baseline of one scenario file."""

    def runtest(self) -> None:
        """Check the scenario; CheckFailed when it does not pass."""
        settings = self.config.stash[_SETTINGS]
        file = settings.check(_shown(self.path))
        self.user_properties.append(("fcsim_runs", file.runs))
        if file.verdict is None:
            pytest.skip("; ".join(file.notes) or "nothing to check")
        action = "fail" if file.verdict == "failed" else settings.inconclusive
        if file.verdict == "passed" or action == "pass":
            return
        from fcsim.report.check.text import file_text

        if action == "skip":
            pytest.skip(f"inconclusive\n{file_text(file)}")
        raise CheckFailed(file_text(file))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the lines about the scenario, without a traceback of fcsim."""
        from fcsim.errors import FcsimError

        if isinstance(excinfo.value, CheckFailed | FcsimError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where it stands and what it is called."""
        return self.path, None, f"fcsim: {_shown(self.path)}"


class _Settings:
    """What the options say, and how much of the budget is left."""

    def __init__(self, config: pytest.Config) -> None:
        self.inconclusive: str = config.getoption("fcsim_inconclusive")
        self._reps = _whole_number(config.getoption("fcsim_reps"))
        self._left = _duration(config.getoption("fcsim_budget"))
        self._is_worker = hasattr(config, "workerinput")

    def check(self, path: str) -> Checked:
        """Check one file within what is left of the budget."""
        import fcsim

        # xdist has taken the cores already
        work = fcsim.Work(workers=1 if self._is_worker else None)
        budget = None if self._left is None else max(self._left, _NO_TIME)
        report = fcsim.check([path], reps=self._reps, budget=budget, work=work)
        if self._left is not None:
            self._left -= report.seconds
        found: tuple[Checked, ...] = report.files
        return found[0]


def _whole_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 2:
        told = f"--fcsim-reps: expected a number of runs from 2 on, like 5; got {text!r}"
        raise pytest.UsageError(told)
    return int(text)


def _duration(text: str | None) -> float | None:
    if text is None:
        return None
    from fcsim.units import parse

    try:
        return parse(text, "duration")
    except ValueError as error:
        raise pytest.UsageError(f"--fcsim-budget: {error}") from None


def _shown(path: Path) -> str:
    """Return *path* as a person would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
