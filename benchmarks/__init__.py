"""Side-by-side speed measurements: ``python -m benchmarks`` (see README.md here)."""
