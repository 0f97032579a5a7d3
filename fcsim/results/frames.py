"""Tables of a result as pandas data frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fcsim.results.phases import PhaseRow
from fcsim.results.pricing import Line
from fcsim.results.tables import Layout, layouts, trace_layouts
from fcsim.results.vocabulary import KPIS, flatten

if TYPE_CHECKING:
    import pandas as pd

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns

__all__ = ["MAKERS"]


def _kpis(result: Result) -> pd.DataFrame:
    import pandas as pd

    flat = flatten(result.kpis)
    rows = [(kpi.name, flat[kpi.name], kpi.unit, kpi.meaning) for kpi in KPIS]
    return pd.DataFrame(rows, columns=["kpi", "value", "unit", "meaning"]).set_index("kpi")


def _functions(result: Result) -> pd.DataFrame:
    import pandas as pd

    rows = {name: flatten(nested) for name, nested in result.kpis["functions"].items()}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[kpi.name for kpi in KPIS])
    return frame.rename_axis("function")


def _bill(result: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(result.bill.lines), columns=list(Line._fields))


def _series(result: Result) -> pd.DataFrame:
    import pandas as pd

    series = result.series
    frame = pd.DataFrame(series.columns())
    return frame.assign(function=_named(frame["function"], series.functions))


def _region(result: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(result.series.region_columns())


def _phases(result: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(result.phases, columns=list(PhaseRow._fields))


def _rows_of(table: str) -> Callable[[Result], pd.DataFrame]:
    def make(result: Result) -> pd.DataFrame:
        record = result.record
        functions, workloads = [f.name for f in record.functions], list(record.scenario.workload)
        layout = layouts(functions, record.layers, workloads)[table]
        return _frame(getattr(record, table), layout)

    return make


def _trace_of(table: str) -> Callable[[Result], pd.DataFrame]:
    def make(result: Result) -> pd.DataFrame:
        trace = result.trace
        return _frame(getattr(trace, table), trace_layouts(trace.entries, trace.links)[table])

    return make


def _frame(columns: Columns, layout: Layout) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame({name: columns[name] for name in layout.types})
    for column, names in layout.names.items():
        frame[column] = _named(frame[column], names)
    return frame


def _named(codes: pd.Series[int], names: Sequence[str]) -> pd.Categorical[str]:
    """Return positions as a categorical of the names they stand for."""
    import pandas as pd

    return pd.Categorical.from_codes(codes.to_numpy(dtype=int), pd.Index(list(names)))


MAKERS: dict[str, Callable[[Result], pd.DataFrame]] = {
    "kpis": _kpis,
    "functions": _functions,
    "bill": _bill,
    "series": _series,
    "region": _region,
    "phases": _phases,
    "requests": _rows_of("requests"),
    "instances": _rows_of("instances"),
    "pulls": _rows_of("pulls"),
    "targets": _rows_of("targets"),
    "calls": _rows_of("calls"),
    "attempts": _rows_of("attempts"),
    "cache_events": _trace_of("cache_events"),
    "flows": _trace_of("flows"),
    "link_rates": _trace_of("link_rates"),
    "link_capacities": _trace_of("link_capacities"),
}
"""How to make each table."""
