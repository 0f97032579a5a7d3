"""Reports: pure functions of a result or a study that make figures, pages, tables and JSON.

The names below are loaded when they are first used: figures need matplotlib and seaborn.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "all_figures": "figures",
    "animate": "state_chart",
    "cache_content": "cache_chart",
    "compare_page": "study_pages.compare",
    "comparison_page": "run_page.pages",
    "life_lines": "life_chart",
    "link_shares": "link_chart",
    "overview": "figures",
    "plan_page": "study_pages.plan",
    "report_page": "run_page.pages",
    "save_figures": "figures",
    "sensitivity_page": "study_pages.sensitivity",
    "steps": "state_chart",
    "summary": "tables",
    "summary_json": "document",
    "sweep_page": "study_pages.sweep",
    "text": "console",
}

__all__ = [
    "all_figures",
    "animate",
    "cache_content",
    "compare_page",
    "comparison_page",
    "life_lines",
    "link_shares",
    "overview",
    "plan_page",
    "report_page",
    "save_figures",
    "sensitivity_page",
    "steps",
    "summary",
    "summary_json",
    "sweep_page",
    "text",
]


def __getattr__(name: str) -> Any:
    """Import the module that has *name*."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
