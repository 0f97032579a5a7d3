"""The page of KPIs: every figure of merit, and every error that requests may end with."""

from __future__ import annotations

from itertools import groupby

from _generate.markdown import code, page, table
from fcsim.results.vocabulary import KPIS, Kpi
from fcsim.sim.record import ERRORS
from fcsim.study.objectives import SLICED

__all__ = ["kpis_page"]

_HEAD = """\
# KPIs and errors

One vocabulary for `result.kpi(…)`, `kpis.json`, objectives, sweeps and reports. Each name exists
for the whole run (`latency.p99`) and for each function (`functions.checkout.latency.p99`). What
is not defined, like a latency when nothing completed, is NaN in Python and null in JSON.
[Results](../results.md) says what belongs to the window and how quantiles are made.

| unit | means | in an objective |
|---|---|---|
| s | seconds | a duration: `<= 1.5 s` |
| share | a fraction from 0 to 1 | with or without `%`: `>= 99.9 %` |
| bytes | bytes | with a unit: `<= 20 GB` |
| count | a whole number | bare: `<= 0` |
| instances, number | a mean | bare: `<= 2.5` |
| money | the currency of the price book | with it: `<= 3600 CNY` |

KPIs of the groups {sliced} may also be asked for *in every* slice of time
([objectives](../plan.md#objectives))."""

_TITLES = {
    "requests": "Requests",
    "latency": "Latency",
    "calls": "Calls of clients and users",
    "messages": "Asynchronous invocations",
    "queue": "The overflow queue",
    "cold_start": "Cold starts",
    "instances": "Instances",
    "image": "Images",
    "errors": "Errors",
    "cost": "Cost",
}


def kpis_page() -> str:
    """Return the page, groups in the order of reports."""
    groups = ((name, list(kpis)) for name, kpis in groupby(KPIS, key=_group))
    sections = [part for name, kpis in groups for part in _section(name, kpis)]
    return page(_HEAD.format(sliced=", ".join(map(code, SLICED))), *sections)


def _group(kpi: Kpi) -> str:
    return kpi.name.split(".")[0]


def _section(name: str, kpis: list[Kpi]) -> tuple[str, str]:
    title = f"## {_TITLES[name]}"
    if name == "errors":
        status = {f"errors.{error.name}": f"{error.status}" for error in ERRORS}
        rows = [(code(kpi.name), kpi.unit, status[kpi.name], kpi.meaning) for kpi in kpis]
        return title, table(("KPI", "unit", "HTTP status", "meaning"), rows)
    return title, table(
        ("KPI", "unit", "meaning"), [(code(k.name), k.unit, k.meaning) for k in kpis]
    )
