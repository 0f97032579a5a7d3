"""Reads the layers of an image from its manifest, as registry tools print it.

* image manifest, Docker version 2 schema 2 or OCI: ``docker manifest inspect NAME``,
  ``crane manifest``, ``skopeo inspect --raw``;
* ``docker manifest inspect -v NAME``: one entry or, for several platforms, a list, each with its
  manifest in ``SchemaV2Manifest`` or ``OCIManifest``;
* ``index.json`` of a folder in the OCI image layout, as ``skopeo copy`` to ``oci:FOLDER`` writes
  it: manifests are found in ``blobs/`` beside it.

Only ``layers`` count. The config blob, some kilobytes, is left out: the platform's pull is
modelled by its layers. Sizes are transfer sizes; a manifest does not know uncompressed sizes,
except where the media type says that a layer is not compressed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fcsim.scenario.layers import ContentError, ImageLayer

__all__ = ["layers_in", "manifest_layers", "read_json"]

_INLINE = ("SchemaV2Manifest", "OCIManifest")
_Find = Callable[[str], Any]
"""Returns the JSON with a digest; ContentError when it is not at hand."""


def manifest_layers(path: Path, ratio: float) -> list[ImageLayer]:
    """Return the layers of the manifest file *path*, base layer first.

    Raises ContentError when the file is no such manifest, or has none for linux/amd64.
    """
    content, blobs = read_json(path), path.parent / "blobs"
    if path.name == "index.json" and blobs.is_dir():
        return _layers(_followed(content, lambda digest: _blob(blobs, digest), _DEEPEST), ratio)
    return layers_in(content, ratio)


def layers_in(content: Any, ratio: float) -> list[ImageLayer]:
    """Return the layers of a manifest that is parsed already; raises ContentError."""
    return _layers(_for_amd64(content), ratio)


def _layers(manifest: dict[str, Any], ratio: float) -> list[ImageLayer]:
    layers = manifest.get("layers")
    if not isinstance(layers, list) or not layers:
        raise ContentError("is no image manifest: it has no 'layers'")
    return [_layer(i, layer, ratio) for i, layer in enumerate(layers)]


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raises ContentError when it is none."""
    try:
        return json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise ContentError(f"is not JSON: {error.msg} at {place}") from None
    except (ValueError, RecursionError):
        raise ContentError("is not JSON") from None
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}") from None


def _for_amd64(content: Any) -> dict[str, Any]:
    """Return the image manifest for linux/amd64 in *content*."""
    entry = _chosen(content)[0]
    if _is_reference(entry):
        raise ContentError(
            f"is an index of several platforms that only points to {entry['digest']}; "
            "save the manifests themselves: docker manifest inspect -v NAME"
        )
    return entry


def _chosen(content: Any) -> list[dict[str, Any]]:
    """Return what *content* lists for linux/amd64: manifests, or references to them."""
    entries = content if isinstance(content, list) else [content]
    if not all(isinstance(entry, dict) for entry in entries):
        raise ContentError("is no image manifest: expected a JSON object or a list of them")
    if len(entries) == 1 and isinstance(entries[0].get("manifests"), list):
        entries = [entry for entry in entries[0]["manifests"] if isinstance(entry, dict)]
    platforms = [_platform(entry) for entry in entries]
    chosen = [entry for entry, one in zip(entries, platforms, strict=True) if one in _ACCEPTED]
    if not chosen:
        listed = ", ".join(str(platform) for platform in platforms)
        raise ContentError(f"has no linux/amd64 image; it lists {listed or 'nothing'}")
    return [_inline(entry) for entry in chosen]


_ACCEPTED = ("linux/amd64", None)
"""Platforms that the platform runs; a single manifest does not say its own."""


def _platform(entry: dict[str, Any]) -> str | None:
    descriptor = entry.get("Descriptor", entry)
    platform = descriptor.get("platform") if isinstance(descriptor, dict) else None
    if not isinstance(platform, dict):
        return None
    return f"{platform.get('os')}/{platform.get('architecture')}"


def _inline(entry: dict[str, Any]) -> dict[str, Any]:
    for key in _INLINE:
        if isinstance(entry.get(key), dict):
            inline: dict[str, Any] = entry[key]
            return inline
    return entry


def _is_reference(entry: dict[str, Any]) -> bool:
    return "layers" not in entry and isinstance(entry.get("digest"), str)


def _layer(i: int, layer: Any, ratio: float) -> ImageLayer:
    size = layer.get("size") if isinstance(layer, dict) else None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 2**63:
        raise ContentError(f"layer {i} has no size in bytes")
    digest = layer.get("digest")
    if not isinstance(digest, str) or not digest:
        raise ContentError(f"layer {i} has no digest")
    flat = str(layer.get("mediaType", "")).endswith(".tar")
    return ImageLayer.sized(digest, float(size), float(size) if flat else None, ratio)


# ── OCI image layout ──────────────────────────────────────────────────────────────────────────

_DIGEST = re.compile(r"([a-z0-9]+):([0-9a-f]{32,128})")
_DEEPEST = 5


def _blob(blobs: Path, digest: str) -> Any:
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise ContentError(f"names {digest[:80]!r}, which is no digest")
    path = blobs / match[1] / match[2]
    if not path.is_file():
        raise ContentError(f"does not hold {digest}; copy the image again, for linux/amd64")
    try:
        return read_json(path)
    except ContentError as error:
        raise ContentError(f"holds {digest}, which {error}") from None


def _followed(content: Any, find: _Find, deeper: int) -> dict[str, Any]:
    """Return the manifest that an index leads to, through indexes inside it."""
    chosen = _chosen(content)
    if not _is_reference(chosen[0]):
        _check_config(chosen[0], find)
        return chosen[0]
    digests = {str(entry.get("digest")) for entry in chosen}
    if len(digests) > 1:
        raise ContentError(f"holds {len(digests)} images for linux/amd64; copy one to a folder")
    if deeper == 0:
        raise ContentError("has indexes that point to each other")
    return _followed(find(chosen[0]["digest"]), find, deeper - 1)


def _check_config(manifest: dict[str, Any], find: _Find) -> None:
    """Check the platform that an image's configuration names; its manifest does not."""
    config = manifest.get("config")
    digest = config.get("digest") if isinstance(config, dict) else None
    about = find(digest) if isinstance(digest, str) else None
    if isinstance(about, dict) and about.get("architecture") not in (None, "amd64"):
        platform = f"{about.get('os')}/{about['architecture']}"
        raise ContentError(f"has no linux/amd64 image; it lists {platform}")
