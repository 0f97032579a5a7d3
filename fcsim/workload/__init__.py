"""Arrival processes, time distributions and trace files: from a scenario to blocks of requests."""
