"""The warm workload in SimFaaS: a script for the interpreter that has ``simfaas``.

Usage: python simfaas_rival.py SEED RATE SERVICE COLD_START KEEP_ALIVE HORIZON
Prints seconds and figures as JSON.
"""

import json
import sys
import time

import numpy as np
from simfaas.ServerlessSimulator import ServerlessSimulator
from simfaas.SimProcess import SimProcess


class ShiftedExponential(SimProcess):
    """A fixed time plus an exponential one; adds up what it draws (SimFaaS has no latencies)."""

    def __init__(self, mean: float, shift: float = 0.0) -> None:
        super().__init__()
        self.mean, self.shift, self.total = mean, shift, 0.0

    def generate_trace(self) -> float:
        value = self.shift + np.random.exponential(self.mean)
        self.total += value
        return value


def main() -> None:
    """Run once."""
    seed, (rate, service, cold_start, keep_alive, horizon) = (
        int(sys.argv[1]),
        map(float, sys.argv[2:]),
    )
    np.random.seed(seed)
    warm, cold = ShiftedExponential(service), ShiftedExponential(service, cold_start)
    simulator = ServerlessSimulator(
        arrival_rate=rate,
        warm_service_process=warm,
        cold_service_process=cold,
        expiration_threshold=keep_alive,
        max_time=horizon,
        maximum_concurrency=10**9,
    )
    began = time.process_time()
    simulator.generate_trace()
    instances = simulator.get_average_server_count()
    seconds = time.process_time() - began
    figures = {
        "requests": simulator.total_req_count,
        "cold": simulator.total_cold_count,
        "instances": float(instances),
        "latency": (warm.total + cold.total) / simulator.total_req_count,
    }
    print(json.dumps({"seconds": seconds, "figures": figures}))


if __name__ == "__main__":
    main()
