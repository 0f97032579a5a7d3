"""Imports point one way only, and only the simulation knows SimPy."""

import ast

import pytest

LEVELS = {
    "units": 0, "streams": 0, "errors": 0,
    "scenario": 1,
    "workload": 2,
    "sim": 3,
    "results": 4,
    "runner": 5, "report": 5, "study": 5, "importers": 5,
    "commands": 6, "cli": 6, "pytest_plugin": 6, "__main__": 7,
}  # fmt: skip
HEAVY = {"matplotlib", "pandas", "pyarrow", "rich", "scipy", "seaborn"}


def modules(root):
    package = root / "fcsim"
    return [path for path in sorted(package.rglob("*.py")) if path != package / "__init__.py"]


def part(path, root):
    return path.relative_to(root / "fcsim").parts[0].removesuffix(".py")


def imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module]
    return []


def test_every_part_has_a_level(root):
    assert {part(path, root) for path in modules(root)} <= set(LEVELS)


def test_imports_point_one_way(root):
    wrong = []
    for path in modules(root):
        own = part(path, root)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in imported(node):
                if name.startswith("fcsim.") and LEVELS[name.split(".")[1]] > LEVELS[own]:
                    wrong.append(f"{path.relative_to(root)}:{node.lineno} imports {name}")
    assert wrong == []


def test_relative_imports_are_not_used(root):
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_only_the_simulation_imports_simpy(root):
    for path in modules(root):
        tree = ast.parse(path.read_text("utf-8"))
        names = {name.split(".")[0] for node in ast.walk(tree) for name in imported(node)}
        assert "simpy" not in names or part(path, root) == "sim", path


def test_heavy_packages_are_imported_inside_functions_only(root):
    for path in modules(root):
        for node in top_level(ast.parse(path.read_text("utf-8")).body):
            for name in imported(node):
                assert name.split(".")[0] not in HEAVY, f"{path.relative_to(root)}:{node.lineno}"


def top_level(body):
    """Yield the statements that run at import, those under TYPE_CHECKING excepted."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        for branch in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                yield from top_level(getattr(node, branch, []))


@pytest.mark.parametrize("name", ["numpy.random", "random"])
def test_no_global_randomness(root, name):
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert name not in imported(node), path
            if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("np.random."):
                assert node.attr in ("Generator", "PCG64", "SeedSequence"), path
