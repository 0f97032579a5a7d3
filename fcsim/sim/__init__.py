"""The simulation: the only package that imports SimPy."""
