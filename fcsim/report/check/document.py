"""What ``fcsim check --format json`` prints, key by key; docs/check.md lists them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fcsim.study.check.outcomes import Check, Checked, Report, Verdict

__all__ = ["check_json"]


def check_json(report: Report, inconclusive: str | None = None) -> dict[str, Any]:
    """Return *report* as plain data; figures in the unit of the KPI, NaN where there is none.

    *inconclusive* decides ``exit_code``, see :meth:`Report.exit_code`.
    """
    return {
        "verdict": report.verdict,
        "exit_code": report.exit_code(inconclusive),
        "counts": {
            **{str(verdict): report.counts[verdict] for verdict in Verdict},
            "broken": len(report.broken),
        },
        "seconds": report.seconds,
        "files": [_file(file) for file in report],
    }


def _file(file: Checked) -> dict[str, Any]:
    return {
        "path": file.path,
        "name": file.name,
        "verdict": file.verdict,
        "runs": file.runs,
        "seconds": file.seconds,
        "checks": [_check(check) for check in file.checks],
        "explanation": list(file.explanation),
        "problems": [asdict(problem) for problem in file.problems],
        "notes": list(file.notes),
    }


def _check(check: Check) -> dict[str, Any]:
    found = check.found
    return {
        "kind": str(check.kind),
        "subject": check.subject,
        "verdict": str(check.verdict),
        "better": check.better,
        "message": check.message,
        "kpi": check.kpi,
        "value": found.value if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "reference": check.reference,
        "unit": check.unit,
        "severity": check.severity,
        "file": check.place.file,
        "line": check.place.line,
        "column": check.place.column,
    }
