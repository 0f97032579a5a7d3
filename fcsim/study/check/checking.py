"""``fcsim check``: scenarios as regression tests, by their objectives and stored baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from fcsim.errors import FcsimError, Problem, ScenarioError, UsageError
from fcsim.study.check.case import read_case
from fcsim.study.check.directions import read_tolerances
from fcsim.study.check.dry_run import dry_run
from fcsim.study.check.outcomes import Checked, Report
from fcsim.study.check.runs import Clock, Runs
from fcsim.study.check.settings import Settings, read_budget, refuse
from fcsim.study.check.trial import trial
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.workers import Work

__all__ = ["check"]

_NOTHING = (
    "nothing to check: no objectives, and no baseline; add objectives: to the file, "
    "or store its figures with --update-baseline"
)


def check(
    paths: str | Path | Iterable[str | Path],
    *,
    variant: str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
    reps: int | None = None,
    budget: str | float | None = None,
    tolerance: str | Iterable[str] = (),
    baselines: str | Path | None = None,
    update_baseline: bool = False,
    simulate: bool = True,
    confidence: float = CONFIDENCE,
    work: Work | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Report:
    """Check scenario files by their ``objectives:`` and by their stored baselines.

    Each is run several times: 3 at first, and up to *reps* (20) while a verdict is open; an
    objective whose limit is inside the interval then is inconclusive. *budget*, a time like
    ``60s``, is that of all files together: what is not done then is inconclusive, too.

    *tolerance* is how much worse KPIs may be than in the baseline: ``10%``, or by name or group
    ``latency.p99=10%``; see :mod:`fcsim.study.check.directions`. *baselines* is the folder of
    baselines, ``baselines`` beside each file by default. *update_baseline* writes them, of 12 runs
    or *reps*, instead of comparing, and is refused where the environment says ``CI=true``.
    *simulate* False only tells whether files can be run. *variant*, *overrides* and *seed* are
    as for :func:`fcsim.load`; *work* says where runs happen; *progress* is told file and runs.

    Files that cannot be loaded or run are told in the report, and the others go on. Raises
    UsageError for options that cannot be, and for workers or a cluster that cannot.
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if not files:
        raise UsageError("nothing to check: name scenario files")
    settings = Settings(
        variant=variant,
        overrides=overrides if isinstance(overrides, Mapping) else _texts(overrides),
        seed=seed,
        reps=reps,
        tolerances=read_tolerances(_texts(tolerance)),
        baselines=None if baselines is None else Path(baselines),
        update=update_baseline,
        simulate=simulate,
        confidence=confidence,
        work=work or Work(),
        progress=progress,
    )
    refuse([Path(file) for file in files], settings)
    clock = Clock(read_budget(budget))
    with settings.work:
        found = tuple(_checked(file, settings, clock) for file in files)
    return Report(found, clock.spent)


def _texts(values: str | Iterable[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _checked(path: str | Path, settings: Settings, clock: Clock) -> Checked:
    """Return what was found about one file, whatever goes wrong with it."""
    began = monotonic()
    name = "/".join(filter(None, (Path(path).stem, settings.variant)))
    try:
        found = _check_file(path, settings, clock)
    except ScenarioError as error:
        problems = tuple(replace(p, file=p.file or str(path)) for p in error.problems)
        found = Checked(str(path), name, problems=problems, code=error.exit_code)
    except UsageError:
        raise  # about workers or a cluster: it would be the same for every file
    except FcsimError as error:
        found = _broken(path, name, str(error), error.exit_code)
    except OSError as error:
        told = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        found = _broken(path, name, told, 2)
    except Exception as error:  # one bad file must not hide the others
        found = _broken(path, name, f"internal error: {type(error).__name__}: {error}", 3)
    return replace(found, seconds=monotonic() - began)


def _broken(path: str | Path, name: str, message: str, code: int) -> Checked:
    problem = Problem(" ".join(message.split()), "", str(path))
    return Checked(str(path), name, problems=(problem,), code=code)


def _check_file(path: str | Path, settings: Settings, clock: Clock) -> Checked:
    case = read_case(
        path,
        variant=settings.variant,
        overrides=settings.overrides,
        seed=settings.seed,
        baselines=settings.baselines,
        heal=settings.update,
    )
    if not settings.simulate:
        return dry_run(case)
    if not (case.objectives or case.baseline or settings.update):
        return Checked(case.path, case.name, notes=(_NOTHING,))
    return trial(case, settings, Runs(case.scenario, case.sliced, settings.work, clock))
