"""Reports: pure functions of a result that make figures, tables and JSON.

The names below are loaded when they are first used: figures need matplotlib and seaborn.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "all_figures": "figures",
    "animate": "state_chart",
    "cache_content": "cache_chart",
    "comparison_page": "run_page.pages",
    "life_lines": "life_chart",
    "link_shares": "link_chart",
    "overview": "figures",
    "report_page": "run_page.pages",
    "save_figures": "figures",
    "steps": "state_chart",
    "summary": "tables",
    "summary_json": "document",
    "text": "console",
}

__all__ = [
    "all_figures",
    "animate",
    "cache_content",
    "comparison_page",
    "life_lines",
    "link_shares",
    "overview",
    "report_page",
    "save_figures",
    "steps",
    "summary",
    "summary_json",
    "text",
]


def __getattr__(name: str) -> Any:
    """Import the module that has *name*."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
