"""Service times, phases and pulls: which rows are fitted, and what is said of the others."""

import numpy as np
import pytest
from request_log_blocks import block, request

import fcsim
from fcsim.streams import Streams
from fcsim.study.calibrate.log import gather
from fcsim.study.calibrate.phases import fit_initializer
from fcsim.study.calibrate.pulls import line
from fcsim.study.calibrate.service import alone, fit_service

TIMES = Streams(1).generator("test", "service").exponential(0.2, 60).round(5)


def scenario(**more):
    return {
        "fcsim": 1,
        "images": {"i": {"compressed": "600 MB"}},
        "functions": {"f": {"image": "i", "timeout": "9 s", "service": {"time": "1 s"}, **more}},
        "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
    }


def log(rows, **everywhere):
    return gather([block(rows, **everywhere)])["f"]


def warm(**more):
    return [request(100 * k, "a", duration=t, **more) for k, t in enumerate(TIMES)]


def service(rows, **more):
    return fit_service("f", fcsim.load(scenario(**more)).functions["f"], log(rows))


def test_warm_requests_without_error_are_fitted():
    late = [request(7000, "a", duration=9.0, error="FunctionTimeoutError")]
    fit, cold = service([*warm(), *late])
    assert fit.number == 60
    assert set(fit.written) == {"exponential"}
    assert fit.warnings[0].startswith("at bound: 1 requests ran into the time-out")
    assert cold.why.startswith("0 cold requests")


def test_cold_requests_have_a_time_of_their_own_only_if_it_differs():
    alike = [request(8000 + k, "a", True, duration=t) for k, t in enumerate(TIMES[:30])]
    slower = [request(8000 + k, "a", True, duration=t + 5) for k, t in enumerate(TIMES[:30])]
    assert "as long as warm ones" in service([*warm(), *alike])[1].why
    assert service([*warm(), *slower])[1].path == "functions.f.service.cold_time"


def test_requests_that_share_vcpu_are_fitted_where_they_ran_alone():
    shares = {"instance_concurrency": 4, "cpu": 1, "memory_size": "1024 MB",
              "service": {"time": "1 s", "vcpu": 1}}  # fmt: skip
    rows = [*warm(), request(100.0, "a", duration=0.001), request(100.0, "b", duration=0.3)]
    fit, _ = service(rows, **shares)
    assert fit.number == 60  # one of the 60 met another one; instance b's was alone
    assert any("ran alone" in text for text in fit.warnings)


def test_alone_means_on_one_instance():
    rows = [request(0, "a"), request(0.5, "a"), request(0.5, "b"), request(3, "a")]
    assert alone(log(rows)).tolist() == [False, False, True, True]


def test_the_initializer_is_what_only_cold_starts_have():
    function = fcsim.load(scenario()).functions["f"]
    cold = [request(k, "a", True, invoke=0.3, cold_start=9.0, prepare=1.0, server=2.0)
            for k in range(25)]  # fmt: skip
    (fit,) = fit_initializer("f", function, log(cold))
    assert fit.written == "300 ms"
    (fit,) = fit_initializer("f", function, log([*cold, request(50, "a", invoke=0.001)]))
    assert fit.written == "6 s"  # cold start less pull and server
    assert fit_initializer("f", function, log([request(0, "a")])) == []


def test_starts_from_the_host_are_no_pulls():
    cold = [request(k, "a", True, schedule=0.01, prepare=0.9 if k % 2 else 0.0, server=2.0)
            for k in range(1, 61)]  # fmt: skip
    report = fcsim.calibrate(scenario(), [block(cold)], holdout=0)
    (rate,) = report.fit("assumptions.accelerated.read_rate").estimates
    assert rate.value == pytest.approx(0.15 * 600e6 / (0.9 - 0.002), rel=0.02)
    (caches,) = [one for one in report.unidentified if one.path == "caches.host"]
    assert caches.why.startswith("30 of 60 starts found their image on the host")


def test_an_eager_pull_is_reported_and_not_written():
    cold = [request(k, "a", True, prepare=30.0 + 0.01 * (k % 3)) for k in range(30)]
    report = fcsim.calibrate(scenario(pull="eager"), [block(cold)], holdout=0)
    fit = report.fit("pull (eager)")
    assert fit.changes == {}
    assert fit.estimates[0].value == pytest.approx(20e6, rel=0.01)


def test_a_line_through_two_images():
    through = line(np.array([100e6, 300e6]), np.array([3.0, 7.0]))
    assert (through.rate, through.constant) == pytest.approx((50e6, 1.0))
    assert through.seconds(200e6) == pytest.approx(5.0)
