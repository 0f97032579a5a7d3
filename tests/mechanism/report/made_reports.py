"""Reports of fcsim check that nobody ran."""

from fcsim.errors import Problem
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Report, Verdict
from fcsim.study.estimates import Estimate

SHOP, BASELINE = "scenarios/shop.yaml", "scenarios/baselines/shop.json"


def objective(subject, verdict, message="", line=20, **more):
    return Check(Kind.OBJECTIVE, subject, verdict, message, Place(SHOP, line, 5), **more)


def baseline(subject, verdict, message="", **more):
    return Check(Kind.BASELINE, subject, verdict, message, Place(BASELINE), subject, **more)


def report(*files, seconds=3.4):
    return Report(files, seconds)


def shop():
    """A scenario that was made worse: two failures, one of them of the baseline."""
    return Checked(
        SHOP,
        "shop",
        (
            objective("requests.success_ratio >= 99 %", Verdict.PASSED, "100 %"),
            objective(
                "latency.p99 <= 2 s",
                Verdict.FAILED,
                "9.7 s (9.4 to 10.1), 385 % over",
                line=22,
                severity=3.85,
                kpi="latency.p99",
                found=Estimate(9.7, 9.4, 10.1, 5),
                reference=2.0,
                unit="s",
            ),
            baseline("latency.p99", Verdict.FAILED, "rose 1.9 s to 9.7 s", severity=4.1),
            baseline("cost.total", Verdict.PASSED, "fell by 12 %", better=True),
            baseline("cold_start.ratio", Verdict.INCONCLUSIVE, "between 3 % and 9 %"),
        ),
        ("latency.p99 rose 1.9 s → 9.7 s (+410 %): cold starts wait longer", "app: 12 MB → 412 MB"),
        runs=5,
        seconds=1.25,
        changed=(Place(SHOP, 5, 35),),
    )


def broken():
    """A scenario with a misspelt key."""
    problem = Problem("unknown key; did you mean 'images'?", "imges", "scenarios/bad.yaml", 3, 1)
    return Checked("scenarios/bad.yaml", "bad", problems=(problem,), code=2)


def empty():
    """A scenario with neither objectives nor baseline."""
    return Checked("scenarios/none.yaml", "none", notes=("no objectives and no baseline",), runs=0)


def odd(name):
    """A scenario in which every text is *name*."""
    place = Place(f"scenarios/{name}.yaml", 7, 3)
    checks = [
        Check(kind, name, verdict, f"{name} is {verdict}", place, "latency.p99")
        for kind in Kind
        for verdict in Verdict
    ]
    problem = Problem(name, name, place.file, 1, 1)
    return Checked(
        place.file, name, tuple(checks), (f"{name} moved", name), 3, 0.5, (problem,), 2, (name,)
    )
