"""What the documents say is there: tests, files and pages that they name."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import source

DOCS = sorted((source.ROOT / "docs").rglob("*.md"))
PAGES = [source.ROOT / "README.md", source.ROOT / "samples" / "README.md", *DOCS]
PROMISES = source.ROOT / "docs" / "promises.md"
DECISIONS = [path for path in DOCS if path.parent.name == "decisions" and path.name != "README.md"]
PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
NAMED = re.compile(r"`((?:tests|encaisse|tools|samples|docs|requirements)/[\w./-]+)(?:::(\w+))?`")


def test_every_promise_is_proved_or_open() -> None:
    rows = [line for line in PROMISES.read_text().splitlines() if line.startswith("| ")]
    states = [line.rstrip("|").rpartition("|")[2].strip() for line in rows]

    assert set(states) == {"state", "proved", "open"}


def test_what_is_proved_names_its_proof() -> None:
    rows = [line.split(" | ") for line in PROMISES.read_text().splitlines() if line.endswith("| proved |")]

    assert [row for row in rows if "`" not in row[1]] == []


@pytest.mark.parametrize("page", PAGES, ids=source.name_of)
def test_every_test_and_file_that_a_page_names_exists(page) -> None:
    missing = [
        "::".join(filter(None, found))
        for found in NAMED.findall(page.read_text(encoding="utf-8"))
        if not _exists(source.ROOT / found[0], found[1])
    ]

    assert missing == []


def test_every_page_leads_to_pages_that_exist() -> None:
    missing = [
        f"{source.name_of(page)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_all_that_it_must(page) -> None:
    text = page.read_text(encoding="utf-8")

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert re.match(rf"# {page.stem[:3]}\. ", text)
    assert f"]({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


def _exists(path: Path, test: str) -> bool:
    if not test or not path.is_file():
        return path.exists() and not test
    return test in {node.name for node in ast.walk(source.tree(path)) if isinstance(node, ast.FunctionDef)}
