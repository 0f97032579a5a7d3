"""What an image's address tells: its name, and the registry that has it.

Addresses of Container Registry name edition family, region and endpoint (platform facts, section
1: "VPC address"):

* personal: ``registry[-vpc].REGION.aliyuncs.com``, newer ``ID[-vpc].REGION.personal.cr.…``;
* enterprise: ``INSTANCE-registry[-vpc].REGION.cr.aliyuncs.com``, of an edition it does not tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ImageAddress"]

_REGION = r"(?P<region>[\w-]+|\$?\{.+\})"
"""A region, or a template that has no value."""
_PERSONAL = re.compile(
    rf"registry(-vpc|-internal)?\.{_REGION}\.aliyuncs\.com"
    rf"|[\w-]+\.{_REGION.replace('region', 'newer')}\.personal\.cr\.aliyuncs\.com"
)
_ENTERPRISE = re.compile(rf"(?P<instance>[\w-]+)-registry(-vpc)?\.{_REGION}\.cr\.aliyuncs\.com")
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class ImageAddress:
    """The address of an image, taken apart."""

    text: str
    host: str
    """Host of the registry, "" when the address has none."""
    repository: str
    tag: str
    """Tag or digest, "" when there is none."""

    @classmethod
    def of(cls, text: str) -> ImageAddress:
        """Take the address *text* apart; every text is accepted."""
        host, slash, path = text.strip().removeprefix("https://").partition("/")
        if not slash or not re.search(r"[.:]|^localhost$", host):
            host, path = "", text.strip()
        path, _, digest = path.partition("@")
        head, colon, tag = path.rpartition(":")
        repository, tag = (head, tag) if colon and "/" not in tag else (path, "")
        return cls(text, host, repository, tag or digest)

    @property
    def name(self) -> str:
        """A name for the image in a scenario: the last part of its repository; "" if unusable."""
        last = self.repository.rpartition("/")[2]
        return "" if re.search(r"[${}]", last) else as_name(last)

    @property
    def region(self) -> str | None:
        """Region of the registry; None when the host does not tell it."""
        found = _PERSONAL.fullmatch(self.host) or _ENTERPRISE.fullmatch(self.host)
        names = {} if found is None else found.groupdict()
        region = names.get("region") or names.get("newer")
        return None if region is None or "{" in region else region

    @property
    def edition(self) -> str | None:
        """``personal`` or ``enterprise``; None for other registries."""
        if _PERSONAL.fullmatch(self.host):
            return "personal"
        return "enterprise" if _ENTERPRISE.fullmatch(self.host) else None

    @property
    def endpoint(self) -> str:
        """``vpc`` for an address in the VPC, else ``public``."""
        return "vpc" if re.match(r"[\w-]+-(vpc|internal)\.", self.host) else "public"

    @property
    def registry(self) -> str:
        """A name for the registry in a scenario."""
        found = _ENTERPRISE.fullmatch(self.host)
        if found is not None:
            return as_name(found["instance"])
        return "personal" if self.edition == "personal" else as_name(self.host) or "registry"


def as_name(text: str) -> str:
    """Return *text* as a name of a scenario: letters, digits, ``-`` and ``_``."""
    return _NO_NAME.sub("-", text).strip("-_")
