"""Tests of the documentation reach the modules that make it, and the headless browser."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS.parents[1] / "docs"), str(TESTS / "report")]
