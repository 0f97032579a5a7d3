"""Scenarios as regression tests: objectives and stored baselines, judged over several runs."""
