"""Stories of single requests: why cold, what waited on what."""

import pytest

from fcsim import load, run
from fcsim.cli import main
from fcsim.errors import UsageError
from fcsim.report.story import first_cold, slowest, story
from fcsim.results.result import Result
from fcsim.sim.record import ErrorCode, Outcome, Source, Start

COLD = """\
Request 0 of function f arrived 1.000 s after the start of the run (2026-11-23 00:00:01.000).

+0.000 s  It arrives. There is no instance of its function yet. So it causes instance 0.
+0.500 s  Instance 0 has been placed on host 0 (500 ms).
+1.000 s  A temporary password for the registry has been obtained (500 ms).
+1.000 s  100 MB of its image are missing on the host, 0 B are there.
+2.000 s  image:i (100 MB) from the registry: usable, 1 s after it was asked for \
(250 ms of flowing, 500 ms until it was unpacked, in its turn).
+2.000 s  The image is ready on the host (1 s).
+2.000 s  The container has been created and starts (0 s).
+2.000 s  Its HTTP server answers (0 s).
+3.000 s  The initializer has run (1 s).
+3.000 s  Instance 0 on host 0 gets it.
+4.000 s  It is answered, after 1 s on the instance.

It took 4 s: 3 s (75 %) waiting, the rest on the instance."""


@pytest.fixture
def told(hand_made):
    def tell(*rows, row=0, layers=("image:i",), **record):
        made = hand_made.record(*rows, **record)
        made.layers = list(layers)
        return story(Result(made), row)

    return tell


def cold_start(hand_made, **more):
    times = {"placed": 1.5, "credential": 2, "pulled": 3, "ready": 4, "bytes_pulled": 1e8}
    return hand_made.instance(1, **{**times, **more})


def test_a_cold_request(hand_made, told):
    request = hand_made.request(1, 4, 5, 0, start=Start.COLD)
    pull = hand_made.pull(2, 2.5, 1e8, flowing=2.25, unpacked=3)
    assert told([request], [cold_start(hand_made)], [pull]) == COLD


def test_a_transfer_for_another_start_is_shared(hand_made, told):
    request = hand_made.request(1, 4, 5, 0, start=Start.COLD)
    pull = hand_made.pull(1.5, 3, 1e8, source=Source.ZONE)
    text = told([request], [cold_start(hand_made)], [pull])
    assert (
        "image:i (100 MB) from the zone cache, asked for 500 ms earlier by another start: usable"
        in text
    )


def test_layers_of_other_images_are_no_part_of_it(hand_made, told):
    request = hand_made.request(1, 4, 5, 0, start=Start.COLD)
    pulls = [hand_made.pull(2, 3, 1e8), hand_made.pull(2, 3, 5e6, layer=1)]
    text = told([request], [cold_start(hand_made)], pulls, layers=("image:i", "other"))
    assert "image:i" in text
    assert "other" not in text


def test_a_credential_that_another_instance_asked_for(hand_made, told):
    first, second = cold_start(hand_made, placed=1.2), cold_start(hand_made)
    request = hand_made.request(1, 4, 5, 1, start=Start.COLD)
    text = told([request], [first, second])
    assert "The temporary password that instance 0 asked for is there (500 ms)." in text
    assert "Of its function there are 1 instance starting. So it causes instance 1." in text


def test_all_on_the_host(hand_made, told):
    start = cold_start(hand_made, credential=1.5, pulled=1.5, bytes_pulled=0.0, bytes_cached=1e8)
    text = told([hand_made.request(1, 4, 5, 0, start=Start.COLD)], [start])
    assert "still valid" in text
    assert "The host has all 100 MB that the start reads of its image." in text


def test_a_request_that_waits_for_a_start(hand_made, told):
    text = told([hand_made.request(2.5, 4, 5, 0, start=Start.WAITED)], [cold_start(hand_made)])
    assert "Instance 0, which began to start 1.5 s before, has room" in text
    assert "-1.000 s  Instance 0 has been placed" in text


def test_a_warm_request(hand_made, told):
    rows = [hand_made.request(1, 1, 9, 0), hand_made.request(2, 2, 3, 0)]
    text = told(rows, [hand_made.instance()], row=1, functions={"f": {"instance_concurrency": 2}})
    assert "Instance 0 has room: 1 of 2 slots are taken." in text
    assert "gets it, beside 1 other requests" not in text
    assert "gets it, beside 1 other request." in text
    assert text.endswith("It took 1 s, all of it on the instance.")


def test_a_refused_request(hand_made, told):
    rows = [
        hand_made.request(1, 1, 9, 0),
        hand_made.request(
            2, ended=2, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_EXHAUSTED
        ),
    ]
    text = told(rows, [hand_made.instance()], row=1)
    assert "Of its function there are 1 instance in service, all full." in text
    assert "It ends with 429 ResourceExhausted: instance quota" in text
    assert text.endswith("It took 0 s and never reached an instance.")


def test_the_last_instance_went_before(hand_made, told):
    rows = [hand_made.request(80, 84, 85, 1, start=Start.COLD)]
    instances = [hand_made.instance(0, gone=70), hand_made.instance(80, ready=84)]
    assert "the last one was released 10 s before." in told(rows, instances)


def test_a_start_that_fails(hand_made, told):
    nan = float("nan")
    start = hand_made.instance(
        1, served=nan, ready=nan, gone=121, error=ErrorCode.FUNCTION_NOT_STARTED
    )
    request = hand_made.request(
        1, ended=121, instance=0, start=Start.COLD, outcome=Outcome.FAILED,
        error=ErrorCode.FUNCTION_NOT_STARTED,
    )  # fmt: skip
    text = told([request], [start], horizon="200 s")
    assert "The start fails with FunctionNotStarted: the HTTP server did not answer" in text


def test_which_request(hand_made):
    rows = [hand_made.request(1, 1, 2, 0), hand_made.request(2, 3, 9, 0, start=Start.COLD)]
    result = Result(hand_made.record(rows, [hand_made.instance()]))
    assert (slowest(result), first_cold(result)) == (1, 1)
    with pytest.raises(UsageError, match="there is no request 2: the run has 2, counted from 0"):
        story(result, 2)
    nothing = Result(hand_made.record())
    for choose in (slowest, first_cold):
        with pytest.raises(UsageError, match="name one with --request"):
            choose(nothing)


@pytest.mark.parametrize("name", ["cold-cache-rollout", "shared-base-layer", "misconfigured-port"])
def test_every_request_of_a_scenario_has_a_story(root, name):
    scenario = load(root / "scenarios" / f"{name}.yaml", overrides=["horizon=30 s"])
    result = run(scenario, keep=True)
    number = len(result.record.requests["arrival"])
    for row in range(0, number, max(number // 40, 1)):
        assert "nan" not in story(result, row)


# ── the command ───────────────────────────────────────────────────────────────────────────────


def test_explain_a_folder_and_a_scenario(root, tmp_path, capsys):
    scenario = str(root / "scenarios" / "one-host-cache.yaml")
    folder = str(tmp_path / "out")
    assert (
        main(["run", scenario, "--out", folder, "--records", "csv", "--no-figures", "--quiet"]) == 0
    )
    capsys.readouterr()
    assert main(["explain", folder, "--first-cold"]) == 0
    first = capsys.readouterr().out
    assert main(["explain", scenario, "--first-cold"]) == 0
    assert capsys.readouterr().out == first
    assert first.startswith("Request 0 of function ")


def test_explain_says_what_it_needs(root, tmp_path, capsys):
    scenario = str(root / "scenarios" / "one-host-cache.yaml")
    folder = str(tmp_path / "out")
    main(["run", scenario, "--out", folder, "--no-figures", "--quiet"])
    for arguments, told in (
        ([folder], "name one request"),
        ([folder, "--slowest", "--request", "1"], "name one request"),
        ([folder, "--slowest"], "saved without records"),
        ([scenario, "--request", "10000000"], "there is no request"),
    ):
        capsys.readouterr()
        assert main(["explain", *arguments]) == 2
        assert told in capsys.readouterr().err
