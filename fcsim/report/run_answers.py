"""What ``fcsim run`` shows and writes for replications, batch means and bands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.results.result import Result
    from fcsim.study.bands import Band
    from fcsim.study.batches import Batches
    from fcsim.study.replications import Replications

__all__ = ["Answer", "BandAnswer", "BatchAnswer", "RepeatAnswer"]


class Answer(Protocol):
    """What a study says in place of the summary of one run."""

    def table(self) -> RenderableType:
        """Return what the terminal shows."""

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""

    def page(self, result: Result) -> str:
        """Return the HTML report of *result*, the first run, with what the study says."""

    def write(self, folder: Path, figures: bool) -> list[Path]:
        """Write into the result folder and return the figures, the main one first."""


@dataclass(frozen=True)
class BatchAnswer:
    """One run, with intervals from parts of it."""

    result: Result
    found: Batches

    def table(self) -> RenderableType:
        """Return the summary of the run, then its intervals."""
        from rich.console import Group

        from fcsim.report.estimates import batches_summary
        from fcsim.report.tables import summary

        return Group(summary(self.result), "", batches_summary(self.result, self.found))

    def document(self) -> dict[str, Any]:
        """Return the document of the run with ``intervals``."""
        from fcsim.report.document import summary_json
        from fcsim.report.estimates import batches_json

        document = summary_json(self.result)
        warnings = [*document["warnings"], *self.found.warnings]
        return {**document, **batches_json(self.found), "warnings": warnings}

    def page(self, result: Result) -> str:
        """Return the page of the run with its intervals."""
        from fcsim.report.run_page.pages import report_page

        return report_page(result, batches=self.found)

    def write(self, folder: Path, figures: bool) -> list[Path]:
        """Write ``intervals.json``."""
        from fcsim.report.estimates import batches_json
        from fcsim.study.table_files import write_document

        write_document(batches_json(self.found), folder, "intervals")
        return []


@dataclass(frozen=True)
class RepeatAnswer:
    """Several runs."""

    found: Replications

    def table(self) -> RenderableType:
        """Return the estimates."""
        from fcsim.report.estimates import replications_summary

        return replications_summary(self.found)

    def document(self) -> dict[str, Any]:
        """Return the document of the first run with the estimates of all."""
        from fcsim.report.estimates import replications_json

        return replications_json(self.found)

    def page(self, result: Result) -> str:
        """Return the page of the run with those of all runs."""
        from fcsim.report.run_page.pages import report_page

        return report_page(result, runs=self.found)

    def write(self, folder: Path, figures: bool) -> list[Path]:
        """Write intervals, runs and figure."""
        from fcsim.report.study_files import write_replications

        return write_replications(self.found, folder, figures)


@dataclass(frozen=True)
class BandAnswer:
    """Several runs, and assumptions at their ends."""

    found: Band

    def table(self) -> RenderableType:
        """Return the estimates, then sampling beside assumptions."""
        from fcsim.report.band_tables import band_summary

        return band_summary(self.found)

    def document(self) -> dict[str, Any]:
        """Return the document of the runs with ``band``."""
        from fcsim.report.band_tables import band_json

        return band_json(self.found)

    def page(self, result: Result) -> str:
        """Return the page of the run with those of all runs."""
        from fcsim.report.run_page.pages import report_page

        return report_page(result, runs=self.found)

    def write(self, folder: Path, figures: bool) -> list[Path]:
        """Write intervals, runs, band and figures."""
        from fcsim.report.study_files import write_band

        return write_band(self.found, folder, figures)
