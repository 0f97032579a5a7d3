"""Studies: questions that need more than one run."""
