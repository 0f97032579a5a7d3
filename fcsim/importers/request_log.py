"""Request logs as columns: what an import reads and a calibration fits.

One row is one invocation, as the platform's request-metric log tells it (platform facts,
section 10). Readers yield blocks in the order of the files; nothing is sorted.
"""

from __future__ import annotations

import numpy as np

__all__ = ["LOG_COLUMNS"]

LOG_COLUMNS: dict[str, type] = {
    "function": np.object_,  # name; with a service (FC 2.0) service/function
    "instance": np.object_,  # id of the instance, "" where the log has none
    "arrival": np.float64,  # invocationStartTimestamp, seconds since 1970 (UTC)
    "handed": np.float64,  # invokeFunctionStartTimestamp, the same clock; NaN: unknown
    "duration": np.float64,  # durationMs in seconds
    "schedule": np.float64,  # scheduleLatencyMs in seconds
    "cold": np.bool_,  # isColdStart
    "minimum": np.bool_,  # resourceMode is Provision
    "asynchronous": np.bool_,  # invocationType is Async
    "cold_start": np.float64,  # coldStartLatencyMs in seconds, as are the next three
    "prepare": np.float64,  # prepareCodeLatencyMs: the pull
    "server": np.float64,  # runtimeInitializationMs: container and server start
    "invoke": np.float64,  # invokeFunctionLatencyMs
    "memory": np.float64,  # memoryMB in bytes (MB of 1,024 x 1,024)
    "memory_used": np.float64,  # memoryUsageMB in bytes
    "status": np.int16,  # statusCode, 0: unknown
    "error": np.object_,  # errorType, "" without one
}
"""Columns of a block and their types; a missing number is NaN."""
