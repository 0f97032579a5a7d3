"""Reads the layers of an image from its manifest, as registry tools print it.

* image manifest, Docker version 2 schema 2 or OCI: ``docker manifest inspect NAME``,
  ``crane manifest``, ``skopeo inspect --raw``;
* ``docker manifest inspect -v NAME``: one entry or, for several platforms, a list, each with its
  manifest in ``SchemaV2Manifest`` or ``OCIManifest``.

Only ``layers`` count. The config blob, some kilobytes, is left out: the platform's pull is
modelled by its layers. Sizes are transfer sizes; a manifest does not know uncompressed sizes,
except where the media type says that a layer is not compressed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fcsim.scenario.layers import ContentError, ImageLayer

__all__ = ["manifest_layers"]

_INLINE = ("SchemaV2Manifest", "OCIManifest")


def manifest_layers(path: Path, ratio: float) -> list[ImageLayer]:
    """Return the layers listed in the manifest *path*, base layer first.

    Raises ContentError when the file is no such manifest, or has none for linux/amd64.
    """
    manifest = _for_amd64(_json(path))
    layers = manifest.get("layers")
    if not isinstance(layers, list) or not layers:
        raise ContentError("is no image manifest: it has no 'layers'")
    return [_layer(i, layer, ratio) for i, layer in enumerate(layers)]


def _json(path: Path) -> Any:
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
    return _inline(chosen[0])


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
    if "layers" not in entry and isinstance(entry.get("digest"), str):
        raise ContentError(
            f"is an index of several platforms that only points to {entry['digest']}; "
            "save the manifests themselves: docker manifest inspect -v NAME"
        )
    return entry


def _layer(i: int, layer: Any, ratio: float) -> ImageLayer:
    size = layer.get("size") if isinstance(layer, dict) else None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 2**63:
        raise ContentError(f"layer {i} has no size in bytes")
    digest = layer.get("digest")
    if not isinstance(digest, str) or not digest:
        raise ContentError(f"layer {i} has no digest")
    flat = str(layer.get("mediaType", "")).endswith(".tar")
    return ImageLayer.sized(digest, float(size), float(size) if flat else None, ratio)
