"""Studies of a small shop, for tests of what is shown of them."""

from functools import cached_property
from types import SimpleNamespace

import fcsim
from fcsim.report.values import written

SHOP = {
    "fcsim": 1,
    "name": "shop",
    "seed": 5,
    "horizon": "1 min",
    "images": {
        "fat": {"compressed": "900 MB", "server": {"start": "3 s"}},
        "slim": {"compressed": "90 MB", "server": {"start": "500 ms"}},
    },
    "functions": {
        "api": {
            "image": "fat", "cpu": 1, "memory_size": "1024 MB", "pull": "eager",
            "keep_alive": "10 s", "service": {"time": {"exponential": "200 ms"}},
        }
    },
    "workload": {"visits": {"function": "api", "arrivals": {"poisson": "2/s"}}},
    "objectives": ["latency.p99 <= 20 s", "latency.p95 <= 9 s in every 30 s"],
    "variants": {
        "slim": {"functions.api.image": "slim"},
        "kept": {"functions.api.scaling_config.min_instances": 2},
    },
}  # fmt: skip
OPEN = ("host.unpack_rate", "idle.billed", "cache.policy")
PLAIN = ("number", "count", "factor")
"""Units of parameters that are bare numbers."""
MINIMUM = "functions.api.scaling_config.min_instances"


def settled():
    """Return the shop with all but three assumptions given for certain, so that bands are quick."""
    given = {
        name: {"value": p.value if p.unit in PLAIN else written(p), "source": "given"}
        for name, p in fcsim.load(SHOP).parameters.items()
        if p.provenance == "assumed" and name not in OPEN
    }
    return {**SHOP, "assumptions": given}


class Studies(SimpleNamespace):
    """Studies of a small shop, each made when it is asked for, and their pages by name."""

    @cached_property
    def compare(self):
        return fcsim.compare(self.file, reps=3)

    @cached_property
    def choice(self):
        return fcsim.compare(settled(), variants=["slim"], reps=2, kpis=["latency.p99"], band=True)

    @cached_property
    def sweep(self):
        return fcsim.sweep(self.file, f"{MINIMUM}=0..3", reps=3)

    @cached_property
    def map(self):
        return fcsim.sweep(self.file, [f"{MINIMUM}=0,2", "variant=base,slim"])

    @cached_property
    def dots(self):
        vary = [f"{MINIMUM}=0..2", "functions.api.keep_alive=10..60 s", "variant=base,slim"]
        return fcsim.sweep(self.file, vary, size=6)

    @cached_property
    def plan(self):
        objectives = ["latency.p95 <= 20 s", "requests.success_ratio >= 50 %"]
        scenario = {**settled(), "objectives": objectives}
        return fcsim.plan(scenario, f"{MINIMUM}=0..4", reps=5, band=True)

    @cached_property
    def sensitivity(self):
        over = ["host.unpack_rate", "credential.latency", "pool.cpu.hosts"]
        names = ["latency.p99", "cost.per_month"]
        return fcsim.sensitivity(self.file, names, over=over, samples=8, trajectories=2)

    @cached_property
    def runs(self):
        return fcsim.replicate(self.file, reps=4)

    @cached_property
    def band(self):
        only = ["host.unpack_rate", "idle.billed", "pool.cpu.hosts"]
        return fcsim.band(self.file, base=self.runs, only=only)

    @cached_property
    def pages(self):
        from fcsim.report import report_page
        from fcsim.report.study_pages.compare import compare_page
        from fcsim.report.study_pages.plan import plan_page
        from fcsim.report.study_pages.sensitivity import sensitivity_page
        from fcsim.report.study_pages.sweep import sweep_page

        return {
            "compare": compare_page(self.compare, "fcsim compare shop.json"),
            "choice": compare_page(self.choice),
            "sweep": sweep_page(self.sweep, "fcsim sweep shop.json"),
            "map": sweep_page(self.map),
            "dots": sweep_page(self.dots),
            "plan": plan_page(self.plan),
            "sensitivity": sensitivity_page(self.sensitivity),
            "runs": report_page(self.runs.first, runs=self.runs),
            "band": report_page(self.runs.first, runs=self.band),
        }
