"""Check that a folder holds one pure-Python fcsim wheel with every package file in it."""

import sys
from pathlib import Path
from zipfile import ZipFile

PACKAGED = {".py", ".yaml", ".css", ".js"}
COMPILED = {".so", ".pyd", ".dll", ".dylib", ".c", ".pyc"}


def main(folder: str) -> None:
    """Print the wheel's size, or exit with what is wrong with it."""
    wheels = list(Path(folder).glob("*.whl"))
    if len(wheels) != 1 or not wheels[0].name.endswith("-py3-none-any.whl"):
        sys.exit(f"expected one py3-none-any wheel in {folder}, found {[w.name for w in wheels]}")

    with ZipFile(wheels[0]) as wheel:
        packed = set(wheel.namelist())
        info = next(name for name in packed if name.endswith(".dist-info/WHEEL"))
        if "Root-Is-Purelib: true" not in wheel.read(info).decode():
            sys.exit(f"{wheels[0].name} does not call itself pure Python")
    if compiled := sorted(name for name in packed if Path(name).suffix in COMPILED):
        sys.exit(f"{wheels[0].name} holds compiled files: {compiled}")

    sources = {p.as_posix() for p in Path("fcsim").rglob("*") if p.suffix in PACKAGED}
    if missing := sorted(sources - packed):
        sys.exit(f"{wheels[0].name} lacks {missing}")

    size = wheels[0].stat().st_size / 1000
    print(f"{wheels[0].name}: pure Python, {len(packed)} files, {size:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1])
