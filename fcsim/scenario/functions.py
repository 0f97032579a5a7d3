"""Functions, in the platform's own vocabulary (snake_case; camelCase is accepted)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fcsim.scenario.base import (
    Bytes,
    Duration,
    Memory,
    Model,
    PositiveDuration,
    Quantity,
    Seconds,
    Share,
)
from fcsim.scenario.distributions import TimeDistribution
from fcsim.scenario.platform import Role
from fcsim.scenario.scaling_policies import ScalingPolicy, ScheduledPolicy

__all__ = [
    "AsyncInvokeConfig",
    "ConcurrencyConfig",
    "CustomContainerConfig",
    "Destination",
    "DestinationConfig",
    "Function",
    "GpuConfig",
    "HealthCheckConfig",
    "Initializer",
    "InstanceLifecycleConfig",
    "Lifecycle",
    "ModelFile",
    "ScalingConfig",
    "Service",
]


Timeout = Annotated[float, Field(allow_inf_nan=True), Quantity("duration"), Field(gt=0)]


class Service(Model):
    """What one request needs."""

    time: TimeDistribution
    """Time alone on an instance at full speed."""
    cold_time: TimeDistribution | None = None
    """Time of a request that caused its instance; by default drawn like ``time``."""
    vcpu: Annotated[float, Field(gt=0)] | None = None
    """vCPU one request uses; n requests progress at min(1, cpu / (n x vcpu))."""
    memory: Memory | None = None
    """Memory one request holds while it runs; beyond memory_size the instance dies (OOM)."""
    disk: Memory | None = None
    """Bytes one request leaves in the writable layer."""
    gpu_memory: Memory | None = None
    """GPU memory one request holds while it runs; it counts in ``GPUMemUtilization`` only."""
    failure: Share = 0.0
    """Part of the requests that run to their end and then fail (a function error)."""


class GpuConfig(Model):
    """GPU of an instance."""

    gpu_type: str
    """Card type, like ``fc.gpu.tesla.1``."""
    gpu_memory_size: Memory | None = None
    """By default one whole card; a multiple of a card is several cards."""


class HealthCheckConfig(Model):
    """Health checks of instances; ranges and defaults are the platform's (API, 2023-03-30).

    The first check comes after the initializer; if it fails, so does the start. An instance that
    fails ``failure_threshold`` checks in a row gets no requests until it has passed
    ``success_threshold`` in a row.
    """

    initial_delay_seconds: int = 0
    """From the end of the initializer to the first check: 0 to 120."""
    period_seconds: int = 3
    """From one check to the next: 1 to 120."""
    timeout_seconds: int = 1
    """A check that has no answer after this has failed: 1 to 3."""
    failure_threshold: int = 3
    """Failures in a row that make an instance unhealthy: 1 to 120."""
    success_threshold: int = 1
    """Successes in a row that make it healthy again: 1 to 120."""
    http_get_url: Annotated[str, Field(max_length=2048)] = "/"
    """Kept for reference; no effect."""


class CustomContainerConfig(Model):
    """How the container is started."""

    port: Annotated[int, Field(ge=1, le=65535)] = 9000
    """``CAPort``: the port the platform calls; default 9000 (platform page)."""
    command: list[str] = []
    """Kept for reference; no effect."""
    entrypoint: list[str] = []
    """Kept for reference; no effect."""
    health_check_config: HealthCheckConfig | None = None


class Lifecycle(Model):
    """A hook: how long it takes and its limit."""

    time: TimeDistribution
    """How long it takes."""
    timeout: PositiveDuration | None = None
    """It fails after this; by default the platform's limit."""


class Initializer(Lifecycle):
    """The initializer: how long it takes, its limit, and how often it fails.

    When it fails or exceeds its limit, the instance is destroyed and another one starts for those
    who wait, until ``initializer.attempts`` have failed.
    """

    failure_probability: Share = 0.0
    """Probability that it fails, after the time it takes."""


class InstanceLifecycleConfig(Model):
    """Hooks of an instance."""

    initializer: Initializer | None = None
    pre_stop: Lifecycle | None = None


class ScalingConfig(Model):
    """How many instances."""

    min_instances: Annotated[int, Field(ge=0)] = 0
    """Minimum instances, always there."""
    max_instances: Annotated[int, Field(ge=0)] | None = None
    """Most on-demand and minimum instances of this function; 0 blocks it."""
    scheduled_policies: list[ScheduledPolicy] = []
    """Minimum instances by the clock; while one is in force ``min_instances`` is not."""
    horizontal_scaling_policies: list[ScalingPolicy] = []
    """Minimum instances by utilisation; of several policies the largest minimum holds."""
    resident_pool_id: str | None = None
    """Name of a resident pool of this scenario, in which the instances live."""
    enable_mix_mode: bool = False
    """Whether elastic instances help out when the resident pool is full."""
    always_allocate_cpu: bool | None = None
    """``alwaysAllocateCPU`` of a provision configuration: true keeps the vCPU of idle minimum
    instances, billed as active; false hibernates idle instances, which wake in
    ``idle.cpu_wake``. Absent: they are billed as idle and wake at once."""
    always_allocate_gpu: bool | None = None
    """``alwaysAllocateGPU``: the same for GPUs; waking copies the model back to the card at
    ``idle.gpu_wake_bandwidth``. Where only one of the two is given, the other is true."""
    delayed_release: Duration | None = None
    """On-demand instances are released after so much idle time: 5 to 60 min. Minimum instances
    are not concerned."""


class ConcurrencyConfig(Model):
    """Reservation of instances for this function out of the regional quota."""

    reserved_concurrency: Annotated[int, Field(ge=0)] | None = None
    """Instances that only this function may have."""


class Destination(Model):
    """Where the platform sends what became of an asynchronous invocation; it is counted."""

    destination: str = ""
    """Kept for reference; no effect."""


class DestinationConfig(Model):
    """Destinations of asynchronous invocations."""

    on_success: Destination | None = None
    """Told of each invocation that succeeded."""
    on_failure: Destination | None = None
    """Told of each invocation that failed for good, or was dropped as too old."""


class AsyncInvokeConfig(Model):
    """What becomes of asynchronous invocations of the function (``invocation_type: async``)."""

    max_async_event_age_in_seconds: Annotated[float, Seconds(), Field(ge=1)] = 86400.0
    """An invocation that has not succeeded by this age is dropped; default 86400."""
    max_async_retry_attempts: Annotated[int, Field(ge=0)] = 3
    """Retries after errors of the function; default 3."""
    destination_config: DestinationConfig = DestinationConfig()


class ModelFile(Model):
    """A model that the server loads into GPU (or main) memory before it answers."""

    size: Bytes
    """Bytes of the model."""
    tier: Literal["origin", "host_disk", "host_memory"] = "host_disk"
    """Where it is at first; its bandwidth is the assumption ``model.<tier>_bandwidth``.

    From ``origin`` (NAS, OSS) the first start on a host brings it to the host's disk."""


class Function(Model):
    """A container-image function. Defaults are the platform's, filled in by the loader."""

    image: str
    """Name of an image of this scenario."""
    cpu: Annotated[float, Field(gt=0)]
    """vCPU of an instance."""
    memory_size: Memory
    """Memory of an instance."""
    disk_size: Memory
    """Writable layer of an instance: 512 MB or 10 GB."""
    timeout: Timeout
    """Longest run of one request; the ideal preset has none."""
    instance_concurrency: Annotated[int, Field(ge=1)]
    """Requests that one instance serves at once."""
    gpu_config: GpuConfig | None = None
    custom_container_config: CustomContainerConfig = CustomContainerConfig()
    instance_lifecycle_config: InstanceLifecycleConfig = InstanceLifecycleConfig()
    scaling_config: ScalingConfig = ScalingConfig()
    concurrency_config: ConcurrencyConfig = ConcurrencyConfig()
    async_invoke_config: AsyncInvokeConfig = AsyncInvokeConfig()
    role: Role | None = Role()
    """Service role; null (or one without the policy) fails every start."""
    pull: Literal["accelerated", "eager"] | None = None
    """How the image comes to the host; by default the preset's ``pull.mode``."""
    service: Service
    model: ModelFile | None = None
    mount_time: TimeDistribution | None = None
    """Start latency of NAS and OSS mounts."""
    overflow: Literal["refuse", "queue"] | None = None
    """What happens to a request that finds no room and no growth (assumption: refuse)."""
    queue_limit: Annotated[int, Field(ge=0)] | None = None
    """Most requests in the queue; unlimited when absent."""
    keep_alive: Duration | None = None
    """Idle time before an on-demand instance is released; by default the preset's."""
    pool: str | None = None
    """Name of a pool of this scenario."""
