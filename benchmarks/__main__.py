"""Measure everything in one run, print the tables and write them to README.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib.util import find_spec

from benchmarks.timing import pin

PARTS = ("warm", "fleet", "growth", "burst", "start", "whole_process", "parallel")


def main() -> None:
    """Run the chosen parts."""
    options = _options()
    pin()
    from importlib import import_module

    from benchmarks.settings import Settings
    from benchmarks.table import Section, machine, write_readme

    compiled = find_spec("numba") is not None
    engine = options.engine or ("compiled" if compiled else "reference")
    settings = Settings(options.quick, engine, options.simfaas_python)
    began = time.monotonic()
    texts = [machine("quick" if options.quick else "full") + f" Engine: {engine}."]
    print(texts[0], flush=True)
    for part in options.parts or PARTS:
        measure: Callable[[Settings], Section | list[Section]]
        measure = import_module(f"benchmarks.{part}").measure
        found = measure(settings)
        for section in found if isinstance(found, list) else [found]:
            texts.append(section.text())
            print(f"\n{texts[-1]}", flush=True)
    texts.append(f"The whole took {time.monotonic() - began:.0f} s.")
    print(f"\n{texts[-1]}")
    if not options.parts and not options.no_readme:
        write_readme("\n\n".join(texts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these parts")
    parser.add_argument("--quick", action="store_true", help="small sizes, one to two minutes")
    parser.add_argument("--engine", choices=["compiled", "reference"])
    parser.add_argument("--simfaas-python", metavar="PATH", help="a Python that has simfaas")
    parser.add_argument("--no-readme", action="store_true", help="print only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
