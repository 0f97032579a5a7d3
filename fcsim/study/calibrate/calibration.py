"""The whole calibration: read, match, split, fit, predict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import UsageError
from fcsim.scenario.loader import load
from fcsim.scenario.model import Scenario
from fcsim.study.calibrate.dispatch import fit_dispatch
from fcsim.study.calibrate.holdout import cut, predict
from fcsim.study.calibrate.keep_alive import fit_keep_alive
from fcsim.study.calibrate.log import Log, gather, matched, split
from fcsim.study.calibrate.phases import fit_initializer, fit_placing, fit_servers
from fcsim.study.calibrate.pulls import fit_pull
from fcsim.study.calibrate.report import Calibration, Fit, Unidentified
from fcsim.study.calibrate.service import fit_service
from fcsim.workload.samplers import mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.importers.mapped_log import Column

    Block = Mapping[str, NDArray[Any]]

__all__ = ["calibrate"]


def calibrate(
    scenario: str | Path | Mapping[str, Any],
    logs: str | Path | Sequence[str | Path] | Iterable[Block],
    *,
    columns: str | Mapping[str, Column] | None = None,
    functions: Mapping[str, str] | None = None,
    holdout: str | float = "30 %",
    replications: int = 10,
    date: str | None = None,
) -> Calibration:
    """Fit the values of *scenario* (a file or a mapping) to request *logs*.

    *logs* are files of the platform's request log, or of another one whose *columns* a mapping
    names (:mod:`fcsim.importers.mapped_log`), or blocks of LOG_COLUMNS. *functions* maps a
    function of the scenario to its name in the log where they differ. The last part of the log,
    *holdout* (``8 h``, ``30 %``; 0: none), is not fitted but predicted, *replications* times.

    Raises UsageError when the log and the scenario do not go together, and what reading raises.
    """
    loaded = load(scenario)
    remarks: list[str] = []
    found, left_out = matched(
        gather(_blocks(logs, columns, remarks)), loaded.functions, functions or {}
    )
    begin = cut(found, holdout)
    fitted, held_out = split(found, begin)
    fitted = {name: log for name, log in fitted.items() if len(log)}
    report = _fitted(loaded, fitted, date or datetime.now(UTC).date().isoformat(), scenario)
    report.remarks += [*remarks, *left_out, *_asynchronous(fitted)]
    if any(len(log) for log in held_out.values()):
        report.held_out = max(float(log.arrival[-1]) for log in found.values()) - begin
        report.replications = replications
        known = {name: log for name, log in found.items() if name in fitted}
        alive = {name: _keep_alive(loaded, report.fits, name) for name in known}
        report.predictions = predict(report, known, begin, alive, replications)
    return report


def _blocks(
    logs: Any, columns: str | Mapping[str, Column] | None, remarks: list[str]
) -> Iterable[Block]:
    from fcsim.importers.mapped_log import read_mapped, read_mapping
    from fcsim.importers.request_files import Rejected, read_log

    given: list[Any] = [logs] if isinstance(logs, str | Path) else list(logs)
    if not given:
        raise UsageError("no logs: name one file or more")
    paths = [Path(one) for one in given if isinstance(one, str | Path)]
    if not paths:
        yield from given
        return
    if columns is not None:
        mapping = read_mapping(columns, ()) if isinstance(columns, str) else columns
        yield from read_mapped(paths, mapping)
        return
    rejected = Rejected()
    yield from read_log(paths, rejected)
    remarks += rejected.lines()


def _fitted(
    loaded: Scenario, logs: Mapping[str, Log], date: str, source: str | Path | Mapping[str, Any]
) -> Calibration:
    found: list[Fit | Unidentified] = []
    for name, log in logs.items():
        found += fit_service(name, loaded.functions[name], log)
    found.append(fit_placing(logs, date))
    found += fit_pull(loaded, logs, date)
    found += fit_servers(loaded, logs, date)
    for name, log in logs.items():
        found += fit_initializer(name, loaded.functions[name], log)
    found += [fit_keep_alive(name, log) for name, log in logs.items()]
    fits = [one for one in found if isinstance(one, Fit)]
    alive = {name: _keep_alive(loaded, fits, name) for name in logs}
    concurrency = {name: loaded.functions[name].instance_concurrency for name in logs}
    found.append(fit_dispatch(logs, alive, concurrency, date))
    return Calibration(
        source=source,
        date=date,
        fits=[one for one in found if isinstance(one, Fit)],
        unidentified=[one for one in found if isinstance(one, Unidentified)],
        remarks=_without_log(loaded, logs),
        requests=sum(len(log) for log in logs.values()),
        seconds=_length(logs),
    )


def _length(logs: Mapping[str, Log]) -> float:
    first = min(float(log.arrival[0]) for log in logs.values())
    return max(float(log.arrival[-1]) for log in logs.values()) - first


def _keep_alive(loaded: Scenario, fits: Sequence[Fit], name: str) -> float:
    """Return the keep-alive that was fitted, else the scenario's."""
    for fit in fits:
        if fit.path == f"functions.{name}.keep_alive":
            return fit.estimates[0].value
    given = loaded.functions[name].keep_alive
    return mean(loaded.parameters["idle.keep_alive"].value) if given is None else given


def _without_log(loaded: Scenario, logs: Mapping[str, Log]) -> list[str]:
    missing = [name for name in loaded.functions if name not in logs]
    if not missing:
        return []
    return [
        f"no requests of {', '.join(missing)} to fit; what is fitted for the whole platform "
        "(assumptions) changes them too"
    ]


def _asynchronous(logs: Mapping[str, Log]) -> list[str]:
    number = sum(int(log.columns["asynchronous"].sum()) for log in logs.values())
    if not number:
        return []
    return [f"{number} asynchronous requests are treated like synchronous ones"]
