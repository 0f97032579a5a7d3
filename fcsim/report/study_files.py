"""What studies of one scenario add to its result folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fcsim.report.sheet import content

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fcsim.study.bands import Band
    from fcsim.study.indices import Sensitivity
    from fcsim.study.replications import Replications

__all__ = ["write_band", "write_figures_of", "write_replications", "write_sensitivity"]


def write_replications(found: Replications, folder: Path, figures: bool = True) -> list[Path]:
    """Write ``intervals.json``, ``replications.csv`` and the figure; return figures, PNG first."""
    from fcsim.report.estimates import replications_json
    from fcsim.study.table_files import write_document, write_rows

    document = replications_json(found)
    kept = ("runs", "confidence", "intervals", "until", "warnings")
    write_document({name: document[name] for name in kept}, folder, "intervals")
    rows = [{"replication": k, **run} for k, run in enumerate(found.runs)]
    write_rows(rows, folder, "replications", "csv")
    return write_figures_of({"replications": found.figure()}, folder) if figures else []


def write_band(band: Band, folder: Path, figures: bool = True) -> list[Path]:
    """Write what :func:`write_replications` does, ``band.json`` and figures of the main KPIs."""
    from fcsim.report.band_tables import band_json, leading
    from fcsim.study.table_files import write_document

    written = write_replications(band.base, folder, figures)
    write_document(band_json(band)["band"], folder, "band")
    if not figures:
        return []
    drawn = {f"band-{name}": band.figure(name) for name in leading(band)}
    return [*write_figures_of(drawn, folder), *written]


def write_sensitivity(found: Sensitivity, folder: Path, figures: bool = True) -> list[Path]:
    """Write ``sensitivity.json``, ``sensitivity.csv`` and a figure for each KPI."""
    from fcsim.report.sensitivity_tables import sensitivity_json
    from fcsim.study.table_files import write_document, write_rows

    write_document(sensitivity_json(found), folder, "sensitivity")
    write_rows(found.rows(), folder, "sensitivity", "csv")
    if not figures:
        return []
    drawn = {f"sensitivity-{name}": found.figure(name) for name in found.kpis}
    return write_figures_of(drawn, folder)


def write_figures_of(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write *figures* as PNG and SVG into ``figures`` of *folder*; return the paths, PNG first."""
    target = folder / "figures"
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for form in ("png", "svg"):
        for name, figure in figures.items():
            paths.append(target / f"{name}.{form}")
            paths[-1].write_bytes(content(figure, form))
    return paths
