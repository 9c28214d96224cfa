"""The project's own text, as the tests of its architecture read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "encaisse"

# Packages that name no noun of the trade; every other one is a noun and opens only the rooms of a noun.
NOT_NOUNS = {
    "adapters", "api", "bench", "cli", "config", "database", "demo", "desk", "flows", "insight", "kernel", "locale",
    "ui",
}  # fmt: skip


@cache
def packages() -> tuple[str, ...]:
    """Every package of the product."""
    return tuple(sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))


def nouns() -> tuple[str, ...]:
    """The packages that stand for a noun of the trade."""
    return tuple(package for package in packages() if package not in NOT_NOUNS)


@cache
def files(suffix: str, *, within: str = "") -> tuple[Path, ...]:
    """The product's files with this ending, generated ones included."""
    return tuple(
        sorted(path for path in (PACKAGE / within).rglob(f"*{suffix}") if "__pycache__" not in path.parts)
    )


def modules() -> tuple[Path, ...]:
    """The Python files that somebody wrote: all but generated migrations."""
    return tuple(path for path in files(".py") if not path.match("migrations/0001_*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """How the file is written in a message: from the root of the project."""
    return str(path.relative_to(ROOT))


def package_of(path: Path) -> str:
    """The package of the product that a file belongs to; empty for the root's own files."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def dotted(path: Path) -> str:
    """The name by which the file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path) -> Iterator[str]:
    """Every name that a file imports, whole: `encaisse.kernel.money.split`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
