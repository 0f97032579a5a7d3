"""Hand-made log blocks."""

import numpy as np

from fcsim.importers.request_log import LOG_COLUMNS


def block(rows, **everywhere):
    """Return a block of LOG_COLUMNS; what a row does not give is unknown, or *everywhere*."""
    known = {"function": "f", "duration": 1.0, **everywhere}
    columns = {}
    for name, kind in LOG_COLUMNS.items():
        absent = known.get(name, {np.object_: "", np.float64: np.nan}.get(kind, 0))
        columns[name] = np.array([row.get(name, absent) for row in rows], dtype=kind)
    return columns


def request(arrival, instance="", cold=False, **more):
    return {"arrival": float(arrival), "instance": instance, "cold": cold, **more}
