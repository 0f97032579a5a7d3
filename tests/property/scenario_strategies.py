"""Strategies of random valid scenarios, small and full of corners."""

from hypothesis import reject
from hypothesis import strategies as st

from fcsim import load
from fcsim.errors import ScenarioError

times = st.sampled_from(
    ["0 s", "20 ms", "1 s", "7 s", {"exponential": "2 s"},
     {"lognormal": {"median": "500 ms", "p99": "8 s"}}]
)  # fmt: skip

LAYERS = {"os": "0 B", "lib": "251333333 B", "app": "5 MB", "data": "13123457 B"}

images = st.fixed_dictionaries(
    {"layers": st.sets(st.sampled_from(sorted(LAYERS)), min_size=1).map(
        lambda names: {
            name: {"compressed": LAYERS[name], "digest": name} for name in sorted(names)
        }
    )},
    optional={
        "server": st.sampled_from([
            {"start": "1 s"}, {"start": "150 s"}, {"listen": "127.0.0.1"}, {"port": 80},
            {"start": {"exponential": "60 s"}}, {"keep_alive": "2 s"},
        ]),
    },
)  # fmt: skip

scheduled = st.fixed_dictionaries(
    {"target": st.integers(0, 4),
     "schedule_expression": st.sampled_from(
         ["cron(*/20 * * * * *)", "cron(30 0/1 * * * ?)", "at(2026-01-04T16:00:41)",
          "cron(0 0 0 * * MON)"]
     )},
    optional={
        "start_time": st.sampled_from(["2026-01-05T00:00:30", "2025-12-01T00:00:00"]),
        "end_time": st.sampled_from(["2026-01-05T00:01:00", "2026-01-05T00:00:45Z"]),
        "time_zone": st.just("Asia/Shanghai"),
    },
)  # fmt: skip

tracked = st.fixed_dictionaries(
    {"metric_type": st.just("ProvisionedConcurrencyUtilization"),
     "metric_target": st.sampled_from([0.2, 0.6, 1.0]),
     "min_instances": st.integers(0, 2), "max_instances": st.integers(2, 5)},
    optional={"start_time": st.just("2026-01-04T16:00:25Z"),
              "end_time": st.just("2026-01-04T16:01:05Z")},
)  # fmt: skip

policies = st.fixed_dictionaries(
    {"min_instances": st.integers(0, 3)},
    optional={
        "scheduled_policies": st.lists(scheduled, max_size=3).map(
            lambda listed: [{"name": f"s{n}", **one} for n, one in enumerate(listed)]
        ),
        "horizontal_scaling_policies": st.lists(tracked, max_size=2).map(
            lambda listed: [{"name": f"t{n}", **one} for n, one in enumerate(listed)]
        ),
    },
)

functions = st.fixed_dictionaries(
    {
        "image": st.sampled_from(["one", "two"]),
        "cpu": st.just(1),
        "memory_size": st.just("1024 MB"),
        "timeout": st.sampled_from(["1 s", "10 s", "600 s"]),
        "instance_concurrency": st.sampled_from([1, 2, 5]),
        "service": st.fixed_dictionaries(
            {"time": times},
            optional={
                "cold_time": times,
                "vcpu": st.sampled_from([0.2, 0.5, 1.0, 3.0]),
                "memory": st.sampled_from(["100 MB", "400 MB"]),
                "disk": st.sampled_from(["30 MB", "600 MB"]),
                "failure": st.sampled_from(["20 %", "100 %"]),
            },
        ),
    },
    optional={
        "pull": st.sampled_from(["eager", "accelerated"]),
        "overflow": st.sampled_from(["refuse", "queue"]),
        "queue_limit": st.sampled_from([0, 3]),
        "keep_alive": st.sampled_from(["0 s", "1 s", "30 s"]),
        "role": st.sampled_from([None, {"policies": []}]),
        "mount_time": times,
        "scaling_config": st.sampled_from([
            {"min_instances": 2}, {"max_instances": 2}, {"max_instances": 0},
            {"min_instances": 1, "max_instances": 1}, {"delayed_release": "5 min"},
            {"min_instances": 1, "always_allocate_cpu": False}, {"always_allocate_cpu": True},
        ]) | policies,
        "custom_container_config": st.sampled_from([
            {"health_check_config": {}},
            {"health_check_config": {"initial_delay_seconds": 4, "timeout_seconds": 3,
                                     "period_seconds": 1, "success_threshold": 2}},
        ]),
        "instance_lifecycle_config": st.sampled_from([
            {"initializer": {"time": "3 s"}}, {"pre_stop": {"time": "5 s"}},
            {"initializer": {"time": "30 s", "timeout": "10 s"}},
            {"initializer": {"time": "2 s", "failure_probability": 0.4}},
        ]),
        "concurrency_config": st.just({"reserved_concurrency": 2}),
        "gpu_config": st.sampled_from([
            {"gpu_type": "fc.gpu.tesla.1"},
            {"gpu_type": "fc.gpu.tesla.1", "gpu_memory_size": "32768 MB"},
        ]),
        "model": st.fixed_dictionaries({
            "size": st.sampled_from(["1 GB", "30 GB", "70 GB"]),
            "tier": st.sampled_from(["origin", "host_disk", "host_memory"]),
        }),
        "async_invoke_config": st.sampled_from([
            {"max_async_event_age_in_seconds": 8, "destination_config": {"on_failure": {}}},
            {"max_async_retry_attempts": 0, "destination_config": {"on_success": {}}},
            {"max_async_event_age_in_seconds": "40 s", "max_async_retry_attempts": 8},
        ]),
    },
)  # fmt: skip

arrivals = st.sampled_from([
    {"poisson": "2/s"}, {"constant": "1/s"}, {"bursts": {"size": 12, "every": "20 s"}},
    {"mmpp": [{"rate": "0/s", "mean_stay": "20 s"}, {"rate": "5/s", "mean_stay": "10 s"}]},
    {"steps": [{"at": "0 s", "rate": "0/s"}, {"at": "10 s", "rate": "6/s", "ramp": "20 s"}]},
])  # fmt: skip

assumptions = st.fixed_dictionaries(
    {},
    optional={
        "scaling.instances": st.sampled_from([4, 8]),
        "scaling.burst": st.sampled_from([1, 4]),
        "scaling.growth": st.sampled_from(["6/min", "60/min"]),
        "scaling.waiting": st.sampled_from(["bound", "first_free"]),
        "dispatch.policy": st.sampled_from(
            ["newest_created", "most_recently_used", "least_recently_used", "least_loaded",
             "random"]
        ),
        "placement.policy": st.sampled_from(["spread", "pack", "least_loaded", "image_locality"]),
        "cache.policy": st.sampled_from(["lru", "ttl", "gds", "none"]),
        "cache.host_capacity": st.sampled_from(["10 MB", "1 GB"]),
        "cache.lifetime": st.sampled_from(["5 s", "1 h"]),
        "cache.zone_capacity": st.sampled_from(["0 B", "1 GB"]),
        "registry.enterprise-standard.request_rate": st.sampled_from(["1/s", "100/s"]),
        "registry.enterprise-standard.bandwidth": st.sampled_from(["100 Mbit/s", "10 Gbit/s"]),
        "pool.cpu.hosts": st.sampled_from([1, 3]),
        "pool.cpu.cpu": st.sampled_from([2, 64]),
        "model.memory_lifetime": st.sampled_from(["5 s", "10 min"]),
        "scaling.gpu_cards": st.sampled_from([1, 4]),
        "scaling.gpu_growth": st.sampled_from(["6/min", "60/min"]),
        "minimum.evaluation_period": st.sampled_from(["10 s", "15 s"]),
        "minimum.metric_window": st.sampled_from(["20 s", "60 s"]),
        "minimum.scale_in_factor": st.sampled_from(["30 %", "100 %"]),
        "minimum.schedules": st.sampled_from(["last", "largest"]),
        "minimum.retire": st.sampled_from(["newest", "oldest"]),
        "idle.billed": st.sampled_from(["active", "idle", "none"]),
        "async.in_process": st.sampled_from([1, 5]),
        "async.retry_interval": st.sampled_from(["0 s", "3 s"]),
        "async.internal_errors": st.sampled_from(["back_off", "give_up"]),
    },
)  # fmt: skip

users = st.sampled_from([
    {"users": {"number": 6, "think": "4 s"}},
    {"users": {"number": 3, "think": {"exponential": "500 ms"}}},
])  # fmt: skip

clients = st.fixed_dictionaries(
    {},
    optional={
        "retries": st.sampled_from([1, 4]),
        "backoff": st.sampled_from(["0 s", "500 ms"]),
        "jitter": st.sampled_from(["full", "equal", "none"]),
        "timeout": st.sampled_from(["1 s", "5 s"]),
        "retry_on": st.sampled_from([["timeout", "function_error"], ["4xx", "5xx"]]),
    },
)


@st.composite
def workloads(draw, function):
    """Generated ahead in half of the cases, else of a client, of users, or asynchronous."""
    kind = draw(st.sampled_from(["plain", "plain", "client", "users", "async"]))
    one = {"function": function, "arrivals": draw(users if kind == "users" else arrivals)}
    if kind == "client" or (kind == "users" and draw(st.booleans())):
        one["client"] = draw(clients)
    if kind == "async":
        one["invocation_type"] = "async"
    return one


def resident(function, mixed):
    """Put a GPU function into the resident pool; others stay as they are."""
    if "gpu_config" not in function:
        return function
    scaling = {**function.get("scaling_config", {}), "resident_pool_id": "p"}
    return {**function, "scaling_config": {**scaling, "enable_mix_mode": mixed}}


moments = st.sampled_from(["0 s", "3 s", "12 s", "12500 ms", "40 s", "88 s", "95 s"])
lengths = st.sampled_from([{}, {"duration": "1 s"}, {"duration": "25 s"}, {"until": "100 s"}])


def victims(names):
    """Return a strategy of (victims, how long it may last)."""
    chosen = st.sampled_from([{"instances": 1}, {"instances": 3}, {"share": 0.5}])
    return st.one_of(
        st.tuples(
            st.builds(lambda name, how: {"function": name, **how}, names, chosen), st.just({})
        ),
        st.tuples(st.builds(lambda name: {"function": name, "rate": "10/min"}, names), lengths),
    )


def faults(names):
    """Return a strategy of one fault of any kind in a scenario with functions *names*."""
    names = st.sampled_from(names)
    kinds = {
        "host_crash": st.sampled_from([{}, {"host": 0}]),
        "registry_outage": st.just({}),
        "registry_slowdown": st.sampled_from([{"factor": 0.01}, {"factor": 0.5}]),
        "store_slowdown": st.just({"factor": 0.001}),
        "credential_failure": st.sampled_from([{}, {"revoke": True}]),
        "image_lost": st.sampled_from([{"image": "one"}, {"image": "two"}]),
        "unhealthy": st.builds(
            lambda name, how: {"function": name, **how},
            names, st.sampled_from([{}, {"share": 0.5}, {"instances": 1}]),
        ),
    }  # fmt: skip
    lasting = [
        st.builds(lambda at, how, what, kind=kind: {"at": at, kind: what, **how},
                  moments, lengths, what)
        for kind, what in kinds.items()
    ]  # fmt: skip
    striking = [
        st.builds(lambda at, pair, kind=kind: {"at": at, kind: pair[0], **pair[1]},
                  moments, victims(names))
        for kind in ("container_exit", "bad_response", "out_of_memory")
    ]  # fmt: skip
    return st.one_of(*lasting, *striking)


def deployments(names):
    """Return a strategy of one deployment."""
    return st.builds(
        lambda at, name, change: {"at": at, "function": name, **change},
        moments,
        st.sampled_from(names),
        st.sampled_from([{"image": "one"}, {"image": "two"}, {"role": None}, {},
                         {"custom_container_config": {"port": 8080}}]),
    )  # fmt: skip


@st.composite
def disturbed(draw, most=4):
    """A random scenario with faults, deployments and states of functions."""
    scenario = draw(scenarios())
    names = list(scenario["functions"])
    states = st.sampled_from(["active", "pending", "inactive", "failed"])
    some = st.lists(faults(names), min_size=1, max_size=most)
    return {
        **scenario,
        "faults": draw(some),
        "deployments": draw(st.lists(deployments(names), max_size=2)),
        "initial": {
            **scenario["initial"],
            "states": draw(st.dictionaries(st.sampled_from(names), states, max_size=1)),
        },
        "assumptions": {
            **scenario["assumptions"],
            "deploy.conversion": draw(st.sampled_from(["0 s", "7 s", "60 s"])),
            "deploy.old_instances": draw(st.sampled_from(["retire", "keep_alive"])),
        },
    }


@st.composite
def scenarios(draw):
    names = ["f", "g"][: draw(st.integers(1, 2))]
    drawn = {name: draw(functions) for name in names}
    if draw(st.booleans()):
        drawn = {name: resident(one, draw(st.booleans())) for name, one in drawn.items()}
    outages = draw(st.sampled_from([[], [{"start": "5 s", "duration": "40 s"}]]))
    return {
        "fcsim": 1,
        "seed": draw(st.integers(0, 99)),
        "horizon": "90 s",
        "warm_up": draw(st.sampled_from(["0 s", "15 s"])),
        "drain": draw(st.sampled_from(["0 s", "20 s", "10 min"])),
        "registries": {"acr": {"outages": outages}},
        "images": {"one": draw(images), "two": draw(images)},
        "functions": drawn,
        "resident_pools": {
            "p": {"gpu_type": "fc.gpu.tesla.1", "cards": 2, "price_per_month": 1000}
        },
        "workload": {name: draw(workloads(name)) for name in names},
        "assumptions": {"limits.shapes": "none", **draw(assumptions)},
        "initial": draw(st.sampled_from([{}, {"caches": "warm"}, {"tokens": 0}])),
    }


def loaded(source):
    """Load *source*; combinations that break a limit of the platform are no examples."""
    try:
        return load(source)
    except ScenarioError:
        reject()
