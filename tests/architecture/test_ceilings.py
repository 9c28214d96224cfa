"""Files, functions and lists of arguments stay small enough to be read at once. Nothing is excepted.

Complexity has its ceiling in ruff, beside the rest of what a linter sees.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import source

FILE_LINES = 400
FUNCTION_LINES = 40
ARGUMENTS = 6
TEXTS = (".py", ".sql", ".html", ".css", ".js", ".typ")
LIBRARIES = ("*.min.js",)


def written(suffix: str) -> tuple[Path, ...]:
    """The files with this ending that are ours: generated migrations and copied libraries apart."""
    found = source.modules() if suffix == ".py" else source.files(suffix)
    return tuple(path for path in found if not any(path.match(pattern) for pattern in LIBRARIES))


@pytest.mark.parametrize("suffix", TEXTS)
def test_no_file_is_longer_than_a_sitting(suffix) -> None:
    long = {source.name_of(path): lines for path in written(suffix) if (lines := _lines(path)) > FILE_LINES}

    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{source.name_of(path)}:{function.name}": lines
        for path in source.modules()
        for function in source.functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }

    assert long == {}


def test_no_function_asks_for_more_than_six_things() -> None:
    wide = {
        f"{source.name_of(path)}:{function.name}": count
        for path in source.modules()
        for function in source.functions(path)
        if (count := _arguments(function)) > ARGUMENTS
    }

    assert wide == {}


def test_nothing_silences_a_ceiling() -> None:
    silenced = re.compile(r"noqa:[^\n]*(C901|PLR09|E501)")

    assert [source.name_of(path) for path in source.modules() if silenced.search(path.read_text())] == []


def test_every_module_class_and_public_function_says_what_it_is() -> None:
    mute = [
        f"{source.name_of(path)}:{getattr(node, 'name', 'module')}"
        for path in source.modules()
        if path.read_text().strip()
        for node in _public(source.tree(path))
        if not ast.get_docstring(node) and not _is_protocol_member(node)
    ]

    assert mute == []


def _public(tree: ast.Module) -> list[ast.Module | ast.ClassDef | ast.FunctionDef]:
    found: list[ast.Module | ast.ClassDef | ast.FunctionDef] = [tree]
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            found.append(node)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = [item for item in node.body if isinstance(item, ast.FunctionDef)]
            found += [method for method in methods if not method.name.startswith("_")]
    return found


def _is_protocol_member(node: ast.AST) -> bool:
    # What a protocol asks for has no body, and its class says why it is asked.
    return isinstance(node, ast.FunctionDef) and [ast.unparse(each) for each in node.body] == ["..."]


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    asked = function.args
    names = [each.arg for each in (*asked.posonlyargs, *asked.args, *asked.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
