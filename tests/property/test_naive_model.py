"""A third opinion: a naive model, one SimPy process a request, makes the same decisions."""

import math

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from naive_model import NaiveModel

from fcsim import load
from fcsim.sim.record import Outcome, Start
from fcsim.sim.simulation import simulate

settings = st.fixed_dictionaries(
    {
        # odd tails: sums of round times would meet arrivals at one instant
        "start": st.sampled_from([0.7312358, 3.1070219]),
        "keep_alive": st.sampled_from([0.9031147, 6.3021931]),
        "most": st.sampled_from([1, 2, 5]),
        "concurrency": st.sampled_from([1, 2, 3]),
        "cpu": st.just(1.0),
        "vcpu": st.sampled_from([0.001, 0.4, 1.0]),
        "limit": st.sampled_from([2.9017731, 1000.0]),
        "policy": st.sampled_from(
            ["newest_created", "most_recently_used", "least_recently_used", "least_loaded"]
        ),
    }
)
# no equal instants: the naive model has no clock rule
requests = st.lists(
    st.tuples(st.floats(0.0, 30.0), st.floats(0.01, 6.0)), min_size=1, max_size=40,
    unique_by=lambda row: round(row[0], 6),
)  # fmt: skip


def fcsim_rows(engine, chosen, rows, folder):
    trace = folder / "trace.csv"
    lines = [f"{time!r},{work!r}" for time, work in rows]
    trace.write_text("timestamp,duration\n" + "\n".join(lines) + "\n", "utf-8")
    scenario = load(
        {
            "fcsim": 1,
            "horizon": "1000 s",
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {
                    "image": "i", "cpu": chosen["cpu"], "timeout": f"{chosen['limit']!r} s",
                    "instance_concurrency": chosen["concurrency"],
                    "keep_alive": f"{chosen['keep_alive']!r} s",
                    "scaling_config": {"max_instances": chosen["most"]},
                    "service": {"time": "1 s", "vcpu": chosen["vcpu"]},
                }
            },
            "workload": {
                "w": {
                    "function": "f",
                    "arrivals": {"trace": {"file": str(trace), "duration": "duration"}},
                }
            },
            "assumptions": {
                "server.start": f"{chosen['start']!r} s", "dispatch.policy": chosen["policy"],
            },
        }
    )  # fmt: skip
    return simulate(scenario, engine=engine).requests


@hypothesis_settings(max_examples=300)
@given(settings, requests)
def test_decisions_are_the_same_and_times_within_a_nanosecond(
    tmp_path_factory, engine_name, chosen, rows
):
    rows = sorted(rows)
    rows = [(time - rows[0][0], work) for time, work in rows]  # a trace begins at 0
    naive = NaiveModel(**chosen).run(rows)
    columns = fcsim_rows(engine_name, chosen, rows, tmp_path_factory.mktemp("naive"))
    assert len(columns["arrival"]) == len(naive)
    for k, (told, instance, started, ended) in enumerate(naive):
        outcome, start = Outcome(columns["outcome"][k]), Start(columns["start"][k])
        if told == "refused":
            assert outcome == Outcome.THROTTLED
        else:
            expected = Outcome.TIMED_OUT if told.endswith("timed out") else Outcome.COMPLETED
            assert outcome == expected
            assert start.name.lower() == told.split(",")[0]
            assert math.isclose(columns["started"][k], started, rel_tol=0, abs_tol=1e-9)
        assert columns["instance"][k] == instance
        assert math.isclose(columns["ended"][k], ended, rel_tol=0, abs_tol=1e-9)


@pytest.fixture(scope="module", params=["reference", "compiled"])
def engine_name(request):
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the compiled plane needs numba (fcsim[fast])")
    return request.param
