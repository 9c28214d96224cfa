"""What is not Python: statements, templates, styles, and words that no file of the project may hold."""

import os
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.architecture import source

STATEMENTS = source.files(".sql")
# Pages stand on the content security policy; a message is read by mail programs, which know no stylesheet.
TEMPLATES = tuple(path for face in ("desk", "ui", "api") for path in source.files(".html", within=face))
FRAMES = ('{% extends "ui/base.html" %}', '{% extends "ui/plain.html" %}', '{% extends "api/guide.html" %}')
# Names of their own, which no language translates; the style page quotes code.
NAMES = {"Encaisse", "Français", "English", "↑↓", "CSV", "Excel", "curl", "Python", "openapi.json"}
# Pieces of pages, which a page includes or which htmx puts in its place, stand in no frame.
PIECES = {
    "desk/beyond_the_law.html", "desk/contract_preview.html", "desk/design_preview.html", "desk/job_progress.html",
    "desk/invoice_tags.html",
    "api/call.html", "api/endpoint.html", "api/fields.html",
    "desk/palette.html", "desk/run_progress.html", "desk/template_preview.html",
}  # fmt: skip
BINARY = {".mo", ".otf", ".ttf", ".woff2", ".png", ".pdf", ".xlsx", ".xsd", ".lock", ".svg"}
# Written in halves, since this file is read too.
PLACES = ("/" + "work/", "/" + "root/", "/" + "home/", "/" + "tmp/w", "shared" + "/")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")


@pytest.mark.parametrize("path", STATEMENTS, ids=source.name_of)
def test_a_statement_says_what_it_does_and_stands_alone(path) -> None:
    text = path.read_text(encoding="utf-8")
    bare = re.sub(r"--[^\n]*|'[^']*'|\$\$.*?\$\$", "", text, flags=re.DOTALL)

    assert text.startswith("-- ")
    assert ";" not in bare.strip().removesuffix(";")
    assert re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|LOCK)\b", bare)


@pytest.mark.parametrize("path", STATEMENTS, ids=source.name_of)
def test_every_statement_is_run_by_its_own_package(path) -> None:
    if path.stem.startswith("invariant_"):
        assert re.match(r"-- [^\n]+\.\n(--[^\n]*\n)*(SELECT|WITH)\b", path.read_text(encoding="utf-8"))
        return
    package = source.package_of(path)
    callers = [each for each in source.modules() if f'"{path.stem}"' in each.read_text(encoding="utf-8")]

    assert any(f'"{package}"' in each.read_text(encoding="utf-8") for each in callers)


def test_every_statement_that_is_run_exists() -> None:
    call = re.compile(r'sql\.(?:execute|rows|binary_rows|execute_on_arrays|statement)\(\s*"(\w+)",\s*"(\w+)"')
    missing = {
        f"{source.name_of(path)}: {package}/sql/{name}.sql"
        for path in source.modules()
        for package, name in call.findall(path.read_text(encoding="utf-8"))
        if not (source.PACKAGE / package / "sql" / f"{name}.sql").is_file()
    }

    assert missing == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=source.name_of)
def test_no_template_holds_style_or_script(path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=source.name_of)
def test_no_template_lets_text_through_unescaped(path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape\s+off", path.read_text(encoding="utf-8"))


def test_every_page_stands_in_a_frame() -> None:
    parts = ("ui", "components", "style")
    loose = {
        f"{path.parent.name}/{path.name}"
        for path in TEMPLATES
        if path.parent.name not in parts and not path.read_text(encoding="utf-8").startswith(FRAMES)
    }

    assert loose == PIECES


def test_every_text_of_a_template_can_be_translated() -> None:
    word = re.compile(r">\s*([^\s<>{}&·—–\-|:;,.()/\d%][^<>{}]*)<")
    loose = {
        (source.name_of(path), text)
        for path in TEMPLATES
        if path.parent.name != "style"
        for text in word.findall(_without_tags(path.read_text(encoding="utf-8")))
        if text.strip() not in NAMES
    }

    assert loose == set()


@pytest.mark.parametrize("word", PLACES)
def test_no_file_names_a_place_of_one_machine(word) -> None:
    assert [str(path) for path in _kept() if word in _text(path)] == []


def test_no_file_says_that_it_is_unfinished() -> None:
    assert [str(path) for path in _kept() if UNFINISHED.search(_text(path))] == []


def test_no_test_is_skipped_but_for_a_missing_program() -> None:
    skipped = re.compile(r"pytest\.mark\.(skip|xfail)\b(?!if)|pytest\.xfail\(|@unittest\.skip")

    assert [str(path) for path in _kept() if path.suffix == ".py" and skipped.search(_text(path))] == []


def _without_tags(text: str) -> str:
    text = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}", "", text, flags=re.DOTALL)
    return re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<title>|</title>", "", text, flags=re.DOTALL)


def _kept() -> list[Path]:
    """Every file but those that .gitignore leaves out; the machine may have no git."""
    ignored = [".git", *(line.rstrip("/") for line in (source.ROOT / ".gitignore").read_text().split())]

    def is_kept(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in ignored)

    found: list[Path] = []
    for folder, folders, names in os.walk(source.ROOT):
        folders[:] = filter(is_kept, folders)
        found += (Path(folder, name) for name in filter(is_kept, names))
    return [path for path in found if path.is_file() and path.suffix not in BINARY]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
