"""Callers: what comes next depends on what became of what came before.

Clients wait, hang up and try again; users think between answers; the platform delivers messages
and tries again. Their requests cannot be generated ahead, so the control plane sends them one at
a time, and is told how each ends.
"""

from fcsim.sim.callers.callers import Callers

__all__ = ["Callers"]
