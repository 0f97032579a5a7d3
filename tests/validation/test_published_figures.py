"""Published and measured figures that the model must reproduce (docs/validation.md)."""

import csv

import numpy as np
import pytest
from scipy import stats

from fcsim import load, run
from fcsim.scenario.content import catalogue_images


def ideal(functions, workload, **more):
    return load(
        {
            "fcsim": 1,
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": functions,
            "workload": workload,
            "assumptions": {"dispatch.policy": "newest_created"},
            **more,
        }
    )


def simfaas_function(warm, cold, **more):
    """As SimFaaS: a cold request's time is drawn from its own distribution."""
    return {
        "image": "i",
        "keep_alive": more.pop("keep_alive", "600 s"),
        "service": {"time": {"exponential": warm}, "cold_time": {"exponential": cold}},
        **more,
    }


class TestV1:
    """AWS Lambda 2020, ten experiments: cold-start probability and mean instances."""

    REQUESTS = 200_000

    def test_mean_absolute_error_over_the_rows(self, data):
        with open(data / "lambda2020_experiments.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        cold, instances = np.array([self.errors(row) for row in rows]).T
        assert len(rows) == 10
        assert cold.mean() <= 0.20
        assert instances.mean() <= 0.05

    def errors(self, row):
        rate = float(row["ArrivalRate"])
        built = ideal(
            {"f": simfaas_function(f"{row['ServiceTimeWarm']} ms", f"{row['ServiceTimeCold']} ms")},
            {"w": {"function": "f", "arrivals": {"poisson": f"{rate}/s"}}},
            horizon=f"{self.REQUESTS / rate} s",
            warm_up=f"{0.02 * self.REQUESTS / rate} s",
        )
        result = run(built)
        return (
            abs(result.kpi("cold_start.ratio") / float(row["ColdStartProbability"]) - 1),
            abs(result.kpi("instances.mean") / float(row["AverageInstanceCount"]) - 1),
        )


class TestV2:
    """Raw requests of the four slowest of those experiments, replayed."""

    def test_pooled_cold_starts(self, data):
        with open(data / "lambda2020_requests.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        slow, measured, simulated = [], 0, 0
        for name in dict.fromkeys(row["experiment_file"] for row in rows):
            mine = [row for row in rows if row["experiment_file"] == name]
            times = [float(row["client_start_s"]) for row in mine]
            if len(mine) / (max(times) - min(times)) < 0.01:
                slow.append(name)
                measured += sum(row["is_cold"] == "True" for row in mine)
                simulated += self.replayed(data, name, max(times) - min(times))
        assert len(slow) == 4
        assert measured == 162
        assert abs(simulated / measured - 1) <= 0.12

    def replayed(self, data, name, length):
        trace = {
            "file": str(data / "lambda2020_requests.csv"),
            "time": "client_start_s",
            "duration": "client_elapsed_s",
            "where": {"experiment_file": name},
        }
        built = ideal(
            {"f": {"image": "i", "keep_alive": "600 s", "service": {"time": "2 s"}}},
            {"w": {"function": "f", "arrivals": {"trace": trace}}},
            horizon=f"{length + 1} s",
        )
        return run(built).kpi("requests.cold")


class TestV3:
    """SimFaaS, ten seeds: means compared within the combined 95 % interval, Bonferroni."""

    # figure: (published, half width of its 95 % interval over ten seeds)
    FIRST = {
        "cold_start.ratio": (0.00134, 0.00003),
        "instances.mean": (7.695, 0.017),
        "instances.mean_life": (6420.0, 125.0),
    }
    SECOND = {
        "refused": (0.0710, 0.0006),
        "cold": (0.00346, 0.00013),
        "instances.mean_life": (463.0, 16.0),
    }

    def replications(self, built, *names):
        rows = []
        for replication in range(10):
            result = run(built, replication=replication)
            rows.append([result.kpi(name) for name in names])
        return dict(zip(names, np.array(rows).T, strict=True))

    def agree(self, measured, published):
        t = stats.t.ppf(1 - 0.05 / len(published) / 2, 9)
        for name, (value, half_width) in published.items():
            ours = measured[name]
            their_error = half_width / stats.t.ppf(0.975, 9)
            combined = t * np.hypot(stats.sem(ours), their_error)
            assert abs(ours.mean() - value) <= combined, (
                f"{name}: {ours.mean():.6g} is not within {combined:.2g} of {value}"
            )

    def test_first(self):
        built = ideal(
            {"f": simfaas_function("1991 ms", "2244 ms")},
            {"w": {"function": "f", "arrivals": {"poisson": "0.9/s"}}},
            horizon="1000000 s",
            seed=3,
        )
        measured = self.replications(built, *self.FIRST, "instances.mean_busy")
        self.agree(measured, self.FIRST)
        running = measured["instances.mean_busy"]
        # rate x mean service, the cold share included; idle is the rest
        assert running.mean() == pytest.approx(0.9 * (1.991 + 0.00134 * 0.253), rel=5e-3)
        assert (measured["instances.mean"] - running).mean() == pytest.approx(5.90, abs=0.03)

    def test_second(self):
        built = ideal(
            {
                "f": simfaas_function(
                    "1 s", "2 s", keep_alive="10 s", scaling_config={"max_instances": 8}
                )
            },
            {"w": {"function": "f", "arrivals": {"poisson": "5/s"}}},
            horizon="60000 s",
            warm_up="100 s",
            seed=3,
        )
        names = ("requests.arrived", "requests.throttled", "requests.cold",
                 "instances.mean_life", "instances.mean", "instances.mean_busy")  # fmt: skip
        measured = self.replications(built, *names)
        measured["refused"] = measured["requests.throttled"] / measured["requests.arrived"]
        # SimFaaS counts refused requests in the denominator of its cold-start probability
        measured["cold"] = measured["requests.cold"] / measured["requests.arrived"]
        self.agree(measured, self.SECOND)
        assert measured["instances.mean"].mean() == pytest.approx(7.941, abs=0.01)
        assert measured["instances.mean_busy"].mean() == pytest.approx(4.664, abs=0.03)


class TestV7:
    """Image catalogues pulled on one host: bytes exact to the byte."""

    def bytes_pulled(self, *files):
        images, functions, workload = {}, {}, {}
        for file in files:
            for repo, tag in catalogue_images(file):
                name = f"image{len(images)}"
                images[name] = {"catalogue": {"file": str(file), "repo": repo, "tag": tag}}
                functions[name] = {"image": name, "service": {"time": "1 ms"}, "pool": "one"}
                workload[name] = {
                    "function": name,
                    "arrivals": {
                        "bursts": {"size": 1, "every": "1000 h", "first": f"{len(images)} h"}
                    },
                }
        result = run(
            load(
                {
                    "fcsim": 1,
                    "horizon": f"{len(images) + 1} h",
                    "pools": {"one": {"hosts": 1, "cpu": 64, "memory": "256 GB"}},
                    "caches": {
                        "host": {"capacity": "1000 TB", "lifetime": "10000 d"},
                        "zone": {"policy": "none"},
                    },
                    "assumptions": {"pull.mode": "eager", "limits.shapes": "none"},
                    "images": images,
                    "functions": functions,
                    "workload": workload,
                }
            )
        )
        assert result.kpi("requests.completed") == len(images)
        return result.kpi("image.bytes_pulled")

    def test_first_pass(self, data):
        assert self.bytes_pulled(data / "images_dotnet_2026-08-20.csv") == 10_065_433_111

    def test_the_upgrade_saves_what_both_have(self, data):
        old, new = data / "images_dotnet_2026-06-25.csv", data / "images_dotnet_2026-08-20.csv"
        saved = self.bytes_pulled(old) + self.bytes_pulled(new) - self.bytes_pulled(old, new)
        assert saved == 19_361_922

    def test_large_images(self, data):
        pulled = self.bytes_pulled(data / "images_large_2026-08-20_even.csv")
        assert pulled == pytest.approx(58.2e9, abs=0.05e9)


class TestV17:
    """The platform page: what a pull costs, and the start limit."""

    def one_start(self, **image):
        return run(
            load(
                {
                    "fcsim": 1,
                    "horizon": "10 min",
                    "registries": {
                        "acr": {"latency": "0 s", "bandwidth": "100 MB/s", "request_rate": "1000/s"}
                    },
                    "images": {"i": {"compressed": "1 GB", "uncompressed": "0 B", **image}},
                    "functions": {
                        "f": {
                            "image": "i", "cpu": 0.5, "memory_size": "1024 MB", "pull": "eager",
                            "service": {"time": "1 s"},
                        }
                    },
                    "workload": {
                        "w": {
                            "function": "f",
                            "arrivals": {"bursts": {"size": 2, "every": "1 h", "first": "0 s"}},
                        }
                    },
                    "assumptions": {
                        "start.placing": "0 s", "credential.latency": "0 s",
                        "start.create": "0 s", "scaling.burst": 1,
                    },
                }
            )
        )  # fmt: skip

    def quantity(self, result, item):
        (line,) = [line for line in result.bill.lines if line.item == item]
        return line.quantity

    def test_a_1024_mb_instance_pulling_for_10_s_is_10_gb_seconds(self):
        result = self.one_start()
        assert self.quantity(result, "pull.memory") == 10.0
        assert self.quantity(result, "pull.cpu") == 5.0

    @pytest.mark.parametrize(
        "server",
        [
            {"start": "121 s"},
            {"start": "1 s", "listen": "127.0.0.1"},
            {"start": "1 s", "port": 8080},
        ],
        ids=["slow", "loopback", "wrong port"],
    )
    def test_a_server_that_is_not_up_in_120_s_is_a_failed_start(self, server):
        result = self.one_start(server=server)
        instances, requests = result.record.instances, result.record.requests
        assert instances["gone"][0] == instances["pulled"][0] + 120.0 == 130.0
        assert requests["ended"][0] == 130.0
        assert result.kpi("errors.FunctionNotStarted") == 1
        assert self.quantity(result, "pull.memory") == 10.0

    def test_exactly_120_s_succeeds(self):
        result = self.one_start(server={"start": "120 s"})
        assert result.record.requests["started"][0] == 130.0
        assert result.kpi("requests.failed") == 0
