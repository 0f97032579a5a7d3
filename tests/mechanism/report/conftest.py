"""One hand-made run and some small studies that tests of reports look at."""

import json
from math import nan

import pytest
from small_studies import SHOP, Studies

from fcsim.results.result import Result
from fcsim.sim.record import ErrorCode, Kind, Outcome, Start

WAITED = {"function": 1, "start": Start.WAITED}
COLD = {"function": 1, "start": Start.COLD}
REFUSED = {"function": 1, "outcome": Outcome.THROTTLED, "error": ErrorCode.RESOURCE_EXHAUSTED}
UNPULLED = {"outcome": Outcome.FAILED, "error": ErrorCode.IMAGE_PULL_FAILED}
LATE = {"outcome": Outcome.TIMED_OUT, "error": ErrorCode.FUNCTION_TIMEOUT}
NEVER = dict.fromkeys(("pulled", "started", "served", "ready"), nan)


@pytest.fixture(scope="session")
def shop(hand_made):
    """100 s of two functions: ``web`` on a minimum instance, ``job`` on demand.

    One start of ``job`` takes 3 s, the other fails while pulling.
    """
    request, instance = hand_made.request, hand_made.instance
    record = hand_made.record(
        name="shop",
        functions={"web": {}, "job": {"instance_concurrency": 2}},
        requests=[
            request(10, 10, 10.2, instance=0),
            request(11, 11, 11.4, instance=0),
            request(20, 23, 24, instance=1, **COLD),
            request(21, 23, 25, instance=1, **WAITED),
            request(30, ended=30, **REFUSED),
            request(31, ended=31, **REFUSED),
            request(40, ended=46, instance=2, **{**COLD, **UNPULLED}),
            request(50, 50, 53, instance=0, **LATE),
            request(99, 99, instance=0),
        ],
        instances=[
            instance(0, kind=Kind.MINIMUM),
            instance(
                20,
                function=1,
                placed=20.01,
                credential=20.1,
                pulled=21.1,
                started=21.35,
                served=22.5,
                ready=23,
                gone=85,
                bytes_pulled=40e6,
            ),
            instance(
                40,
                function=1,
                placed=40.01,
                credential=40.1,
                gone=46,
                error=ErrorCode.IMAGE_PULL_FAILED,
                **NEVER,
            ),
        ],
        pulls=[hand_made.pull(20.1, 21.1, 40e6)],
    )
    record.assumptions.extend(
        record.scenario.parameters[name] for name in ("dispatch.policy", "host.unpack_rate")
    )
    record.warnings.append("job shares nothing")
    return Result(record)


@pytest.fixture(scope="session")
def nothing(hand_made):
    """A run without any request or instance."""
    return Result(hand_made.record(name="nothing"))


@pytest.fixture(scope="session")
def studies(tmp_path_factory):
    file = tmp_path_factory.mktemp("studies") / "shop.json"
    file.write_text(json.dumps(SHOP))
    return Studies(file=file)
