"""Results: pure functions of the record of a run, and their storage."""
