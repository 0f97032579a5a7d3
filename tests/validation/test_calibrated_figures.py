"""Published figures that a calibrated model must predict (docs/calibrate.md)."""

import csv
import re

import numpy as np
import pytest

import fcsim
from fcsim.importers.mapped_log import MAPPINGS, read_mapped
from fcsim.scenario.content import catalogue_images, image_layers
from fcsim.study.calibrate.keep_alive import fit_keep_alive
from fcsim.study.calibrate.log import gather
from fcsim.study.calibrate.pulls import line

LAMBDA = {
    "fcsim": 1,
    "platform": {"preset": "ideal"},
    "images": {"i": {"compressed": "1 MB"}},
    "functions": {"f": {"image": "i", "service": {"time": "2 s"}}},
    "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
}
FITTED = 20 * 3600.0


@pytest.fixture(scope="module")
def requests(data):
    """The raw requests as one log an experiment, slowest first."""
    logs = gather(read_mapped([data / "lambda2020_requests.csv"], MAPPINGS["lambda2020"]))
    return dict(sorted(logs.items(), key=lambda item: len(item[1])))


@pytest.fixture(scope="module")
def reports(data, requests):
    return {
        name: fcsim.calibrate(
            LAMBDA,
            data / "lambda2020_requests.csv",
            columns="lambda2020",
            functions={"f": name},
            holdout=f"{log.arrival[-1] - log.arrival[0] - FITTED} s",
            date="2026-11-24",
        )
        for name, log in requests.items()
    }


class TestV2Calibrated:
    """AWS Lambda 2020: calibrated on 20 hours of an experiment, the rest predicted."""

    def row(self, report, log):
        figures = {p.figure: p for p in report.predictions}
        cold, instances = figures["cold_start.ratio"], figures["instances.mean"]
        keep_alive = report.fit("functions.f.keep_alive").estimates[0]
        return [
            len(log) / (log.arrival[-1] - log.arrival[0]),
            *(keep_alive.value, keep_alive.low, keep_alive.high),
            *(cold.observed * 100, cold.predicted * 100, cold.error * 100, cold.relative * 100),
            *(instances.observed, instances.predicted, instances.error, instances.relative * 100),
        ]

    def test_the_table_in_the_docs(self, root, reports, requests):
        page = (root / "docs" / "calibrate.md").read_text("utf-8")
        shown = {
            found[1]: [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", found[2])]
            for found in re.finditer(r"^\| `(2020-[\d_-]+)` (\|.*)$", page, re.MULTILINE)
        }
        assert list(shown) == list(reports)
        for name, report in reports.items():
            assert shown[name] == pytest.approx(
                self.row(report, requests[name]), rel=0.02, abs=0.06
            )

    def test_where_a_fixed_keep_alive_exists_predictions_are_exact(self, reports):
        sharp = [r for r in reports.values() if not any("no fixed" in text for text in r.warnings)]
        assert len(sharp) == 2
        for report in sharp:
            figures = {p.figure: p for p in report.predictions}
            assert abs(figures["cold_start.ratio"].relative) <= 0.12
            assert abs(figures["instances.mean"].relative) <= 0.05

    def test_dispatch_is_most_recently_used(self, reports):
        policies = [
            fit.written["value"]
            for report in reports.values()
            for fit in report.fits
            if fit.path == "assumptions.dispatch.policy"
        ]
        assert policies == ["most_recently_used"] * 3


class TestV1Calibrated:
    """The ten experiments with the keep-alive found in the raw requests of one."""

    REQUESTS = 100_000

    def test_mean_absolute_error_over_the_rows(self, data, requests):
        found = fit_keep_alive("f", next(iter(requests.values()))).estimates[0].value
        assert found == pytest.approx(639.7, abs=0.1)
        with open(data / "lambda2020_experiments.csv", encoding="utf-8") as file:
            errors = np.abs([self.errors(row, found) for row in csv.DictReader(file)])
        cold, instances = errors.mean(axis=0)
        assert cold <= 0.20
        assert instances <= 0.05

    def errors(self, row, keep_alive):
        rate = float(row["ArrivalRate"])
        times = {
            "time": {"exponential": f"{row['ServiceTimeWarm']} ms"},
            "cold_time": {"exponential": f"{row['ServiceTimeCold']} ms"},
        }
        built = fcsim.load(
            {
                **LAMBDA,
                "functions": {"f": {"image": "i", "keep_alive": f"{keep_alive} s",
                                    "service": times}},
                "workload": {"w": {"function": "f", "arrivals": {"poisson": f"{rate}/s"}}},
                "horizon": f"{self.REQUESTS / rate} s",
                "warm_up": f"{0.02 * self.REQUESTS / rate} s",
            }
        )  # fmt: skip
        result = fcsim.run(built, keep=False)
        return (
            result.kpi("cold_start.ratio") / float(row["ColdStartProbability"]) - 1,
            result.kpi("instances.mean") / float(row["AverageInstanceCount"]) - 1,
        )


@pytest.fixture(scope="module")
def through(data):
    with open(data / "image_format_startup.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] == "oci_gzip"]
    sizes = np.array([float(row["registry_mb"]) * 1e6 for row in rows])
    return line(sizes, np.array([float(row["service_available_s"]) for row in rows]))


class TestV5:
    """Full pulls of container images: one rate and one constant from two images."""

    def test_the_line(self, through):
        assert through.rate == pytest.approx(25.2e6, abs=0.05e6)
        assert through.constant == pytest.approx(1.80, abs=0.005)

    def test_other_images_start_as_the_line_says(self, data, through):
        file = data / "images_large_2026-08-20_even.csv"
        images = {
            f"i{k}": {"catalogue": {"file": str(file), "repo": repo, "tag": tag}}
            for k, (repo, tag) in enumerate(list(catalogue_images(file))[:12])
        }
        built = self.scenario(images, through)
        result = fcsim.run(built, keep=True)
        starts = result.record.instances
        for row, name in enumerate(images):
            size = sum(layer.compressed for layer in image_layers(built, name, 2.5))
            simulated = starts["served"][row] - starts["credential"][row]
            assert simulated == pytest.approx(through.seconds(size), rel=0.05)

    def scenario(self, images, through):
        """Transfer and unpacking are the one rate: a narrow registry and no work to unpack."""
        rate = f"{through.rate} B/s"
        return fcsim.load(
            {
                "fcsim": 1,
                "horizon": "13 h",
                "registries": {"r": {"bandwidth": rate, "connection_bandwidth": rate,
                                     "request_rate": "1000/s"}},
                "images": {name: {**image, "registry": "r"} for name, image in images.items()},
                "functions": {
                    name: {"image": name, "pull": "eager", "service": {"time": "1 ms"}}
                    for name in images
                },
                "workload": {
                    name: {"function": name, "arrivals": {
                        "bursts": {"size": 1, "every": "1000 h", "first": f"{k + 1} h"}}}
                    for k, name in enumerate(images)
                },
                "caches": {"host": {"policy": "none"}, "zone": {"policy": "none"}},
                "assumptions": {
                    "host.unpack_rate": "100000 GB/s", "start.create": "0 s",
                    "server.start": f"{through.constant} s",
                },
            }
        )  # fmt: skip


class TestV8:
    """A timer slower than the keep-alive starts cold on every call, a faster one never again."""

    @pytest.mark.parametrize("every, cold", [("61.2 s", 50), ("59 s", 1)])
    def test_timer(self, every, cold):
        built = fcsim.load(
            {
                **LAMBDA,
                "horizon": "1 d",
                "functions": {"f": {"image": "i", "keep_alive": "60 s",
                                    "service": {"time": "100 ms"}}},
                "workload": {"w": {"function": "f", "arrivals": {
                    "bursts": {"size": 1, "every": every, "count": 50}}}},
            }
        )  # fmt: skip
        result = fcsim.run(built)
        assert result.kpi("requests.completed") == 50
        assert result.kpi("requests.cold") == cold


class TestV10:
    """Model loads on H100, 30 copies in random order: one model's bandwidth and the other's time.

    Sizes are parameters x 2 bytes (bfloat16): 32.76 and 8.03 thousand million parameters.
    """

    SIZES = {"Qwen/Qwen3-32B": 65.52e9, "meta-llama/Llama-3.1-8B-Instruct": 16.06e9}

    def medians(self, data, loader):
        with open(data / "gpu_model_load.csv", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file)
                    if row["loader"] == loader and row["scenario"] == "random"]  # fmt: skip
        return {
            model: float(
                np.median([float(r["loading_time_s"]) for r in rows if r["model"] == model])
            )
            for model in self.SIZES
        }

    def simulated(self, size, bandwidth):
        built = fcsim.load(
            {
                "fcsim": 1,
                "images": {"i": {"compressed": "5 GB", "uncompressed": "9 GB",
                                 "server": {"start": "0 s"}}},
                "functions": {"f": {
                    "image": "i", "cpu": 8, "memory_size": "65536 MB", "timeout": "60 s",
                    "gpu_config": {"gpu_type": "fc.gpu.ada.1"}, "service": {"time": "1 s"},
                    "model": {"size": f"{size} B"},
                }},
                "workload": {"w": {"function": "f", "arrivals": {
                    "bursts": {"size": 1, "every": "1 h", "count": 1}}}},
                "assumptions": {"model.host_disk_bandwidth": f"{bandwidth} B/s"},
            }
        )  # fmt: skip
        starts = fcsim.run(built).record.instances
        return starts["served"][0] - starts["started"][0]

    @pytest.mark.parametrize("loader, tolerance", [("safetensors", 0.10), ("sllm", 0.18)])
    @pytest.mark.parametrize("first", SIZES)
    def test_one_model_predicts_the_other(self, data, loader, tolerance, first):
        times = self.medians(data, loader)
        (other,) = self.SIZES.keys() - {first}
        bandwidth = self.SIZES[first] / times[first]
        predicted = self.simulated(self.SIZES[other], bandwidth)
        assert predicted == pytest.approx(times[other], rel=tolerance)
