"""Reports: pure functions of a result that make figures, tables and JSON."""
