"""What ``fcsim run`` prints, word by word, from a hand-made run."""

import json

import pytest

from fcsim.report.console import text
from fcsim.report.document import summary_json
from fcsim.report.tables import summary


def test_print(shop, nothing):
    print(text(summary(shop), 80))
    print(text(summary(nothing), 80))
