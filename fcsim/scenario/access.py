"""Which registries the platform can pull from (platform page: Image repository, Image access)."""

from __future__ import annotations

from collections.abc import Iterator

from fcsim.scenario.address import Finding
from fcsim.scenario.model import Scenario
from fcsim.scenario.platform import Registry

__all__ = ["refused_registries"]


def refused_registries(scenario: Scenario) -> Iterator[Finding]:
    """Yield every registry whose edition, region or account the platform does not accept."""
    for name, registry in scenario.registries.items():
        address = ("registries", name)
        if registry.edition == "economy":
            message = (
                "edition economy does not support image acceleration and is not compatible with "
                "Function Compute (platform page, Image repository); accepted: personal, "
                "enterprise-basic, enterprise-standard, enterprise-premium"
            )
            yield Finding((*address, "edition"), message)
        yield from _foreign(scenario, name, registry)


def _foreign(scenario: Scenario, name: str, registry: Registry) -> Iterator[Finding]:
    platform, address = scenario.platform, ("registries", name)
    region, account = registry.region or platform.region, registry.account or platform.account
    if region != platform.region:
        message = (
            f"the registry is in {region}, the functions are in {platform.region}; images are "
            "read in one region only, public ones too (platform page, Image access)"
        )
        yield Finding((*address, "region"), message, (("platform", "region"),))
    if account != platform.account and not (registry.edition == "personal" and registry.public):
        message = (
            f"the registry belongs to account {account!r}, the functions to "
            f"{platform.account!r}; across accounts only public images of a personal edition "
            "can be read (platform page, Image access)"
        )
        related = ((*address, "public"), (*address, "edition"), ("platform", "account"))
        yield Finding((*address, "account"), message, related)
