"""fcsim: predict latency and cost of container-image functions on Function Compute."""

__version__ = "0.1.0"
