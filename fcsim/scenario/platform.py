"""Models of the platform's side: preset, registries, caches, pools, prices."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fcsim.scenario.base import (
    Bandwidth,
    Bytes,
    Duration,
    Memory,
    Model,
    PositiveDuration,
    Rate,
    Share,
)

__all__ = [
    "AccountUsage",
    "Billing",
    "Cache",
    "Caches",
    "Initial",
    "Outage",
    "Platform",
    "Pool",
    "Pools",
    "Price",
    "Registry",
    "ResidentPool",
    "Role",
]


class Platform(Model):
    """Which platform, as of when, and whose account."""

    preset: str = "page"
    """Dated set of the platform's values (``fcsim presets``)."""
    region: str = "cn-hangzhou"
    """Region of the functions; quotas and prices differ."""
    account: str = "main"
    """Account that owns the functions."""


class Outage(Model):
    """The registry answers nothing in [start, start + duration)."""

    start: Duration
    """Start, from t = 0."""
    duration: PositiveDuration
    """How long."""


def _edition(value: Any) -> Any:
    return "enterprise-premium" if value == "enterprise-advanced" else value


class Registry(Model):
    """A Container Registry instance. What is not given comes from the preset's edition."""

    edition: Annotated[
        Literal[
            "personal",
            "enterprise-basic",
            "enterprise-standard",
            "enterprise-premium",
            "enterprise-advanced",
            "economy",
        ],
        AfterValidator(_edition),
    ] = "enterprise-standard"
    """``enterprise-advanced`` is read as ``enterprise-premium``: two names of one edition."""
    endpoint: Literal["vpc", "public"] = "vpc"
    """VPC address in the same region, or public address."""
    region: str | None = None
    """Defaults to the platform's region."""
    account: str | None = None
    """Owner; defaults to the account of the functions."""
    public: bool = False
    """Whether repositories are public."""
    bandwidth: Bandwidth | None = None
    """All downloads together."""
    connection_bandwidth: Bandwidth | None = None
    """Cap of one connection (one layer transfer)."""
    request_rate: Rate | None = None
    """Requests a second before the registry answers 429."""
    latency: Duration | None = None
    """Round trip of one request (manifest, layer)."""
    outages: list[Outage] = []
    """Windows in which the registry does not answer."""


class Role(Model):
    """The function's service role, which FC assumes to pull the image."""

    policies: list[str] = ["AliyunContainerRegistryReadOnlyAccess"]
    """Policies of the role; pulling needs the default one."""


class Cache(Model):
    """One tier of the image cache. What is not given is an assumption of the preset."""

    capacity: Bytes | None = None
    """Bytes: uncompressed on a host, compressed in the zone."""
    lifetime: PositiveDuration | None = None
    """How long a layer is kept after its last use."""
    policy: Literal["lru", "ttl", "gds", "none"] | None = None
    """Which layer goes when the cache is full."""


class Caches(Model):
    """The tiers between a host and the registry."""

    host: Cache = Cache()
    zone: Cache = Cache()


class Pool(Model):
    """A pool of equal hosts. What is not given is an assumption of the preset."""

    hosts: Annotated[int, Field(ge=1)] | None = None
    """Number of hosts."""
    cpu: Annotated[float, Field(gt=0)] | None = None
    """vCPU of one host."""
    memory: Memory | None = None
    """Memory of one host."""
    disk: Memory | None = None
    """Disk of one host."""
    nic: Bandwidth | None = None
    """Network of one host."""
    gpu_type: str | None = None
    """Card type of a GPU pool; a GPU pool serves the functions that ask for this type."""
    cards: Annotated[int, Field(ge=1)] | None = None
    """GPU cards of one host."""
    placement: Literal["spread", "pack", "least_loaded", "image_locality"] | None = None
    """Which host gets a new instance."""


class ResidentPool(Model):
    """GPU cards that are subscribed to; functions name the pool in ``resident_pool_id``.

    Its instances know no growth limit and no regional quota, and are not billed by use.
    """

    gpu_type: str
    """Card type, like ``fc.gpu.ada.1`` (no T4)."""
    cards: Annotated[int, Field(ge=1)]
    """Cards of the pool."""
    price_per_month: Annotated[float, Field(ge=0)] | None = None
    """Price of the whole pool for 30 days, in the bill's currency; none is documented."""


class Price(Model):
    """One price that replaces the price book's, in the book's currency."""

    value: Annotated[float, Field(ge=0)]
    source: str = "given"


class AccountUsage(Model):
    """What the account has already used this month, for the tier of the price."""

    cu: Annotated[float, Field(ge=0)] = 0.0
    """CU used since the beginning of the month."""


class Billing(Model):
    """Price book and the account's position in it."""

    book: str | None = None
    """A dated price book (``fcsim presets --prices``); by default the preset's for the region."""
    month_to_date: AccountUsage = AccountUsage()
    discount: Share = 0.0
    """Taken off every price."""
    prices: dict[str, float] = {}
    """CU factors by item that replace or complete the book: ``gpu.fc.gpu.ada.2.active: 1.5``."""


class Initial(Model):
    """State at t = 0."""

    caches: Literal["empty", "warm"] = "empty"
    """``warm``: every host and zone cache holds every image."""
    tokens: Annotated[float, Field(ge=0)] | None = None
    """Instances that may start at once at t = 0; by default the burst limit."""
    states: dict[str, Literal["active", "pending", "inactive", "failed"]] = {}
    """States of functions: ``pending`` is being prepared from t = 0, ``inactive`` is prepared
    when it is first invoked, ``failed`` waits for a deployment. By default all are active."""


Pools = dict[str, Pool]
