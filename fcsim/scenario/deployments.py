"""Deployments during a run: a new image, or other settings of a function's next instances."""

from __future__ import annotations

from typing import Any

from fcsim.scenario.base import Duration, Model
from fcsim.scenario.distributions import TimeDistribution
from fcsim.scenario.functions import (
    CustomContainerConfig,
    Function,
    InstanceLifecycleConfig,
    ModelFile,
)
from fcsim.scenario.platform import Role

__all__ = ["Deployment"]


class Deployment(Model):
    """An update of a function; what is not given stays as it is.

    The old version serves until the new image is converted (``lastUpdateStatus InProgress``);
    then new instances are of the new version. The image's digest is pinned at ``at``.
    """

    at: Duration
    """When it begins, from t = 0."""
    function: str
    """Name of a function of this scenario."""
    image: str | None = None
    """Name of an image of this scenario."""
    custom_container_config: CustomContainerConfig | None = None
    instance_lifecycle_config: InstanceLifecycleConfig | None = None
    role: Role | None = None
    """Service role; null takes it away."""
    model: ModelFile | None = None
    """Model that the server loads; null takes it away."""
    mount_time: TimeDistribution | None = None
    """Start latency of NAS and OSS mounts."""

    def applied(self, function: Function) -> Function:
        """Return *function* after this deployment."""
        changes: dict[str, Any] = {
            name: getattr(self, name) for name in self.model_fields_set - {"at", "function"}
        }
        kept = ("image", "custom_container_config", "instance_lifecycle_config")
        given = {k: v for k, v in changes.items() if v is not None or k not in kept}
        return function.model_copy(update=given)
