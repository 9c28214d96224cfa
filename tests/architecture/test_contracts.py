"""The import contracts bite: code that breaks one is refused by its name."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import source

STREAM = "Money flows one way and so do imports"
FACES = "Faces never import models"
RULES = "Rules are arithmetic, even by a detour"
ISSUE = "Only a flow numbers invoices: they are posted in the same transaction"
# What is written, where, and which contract refuses it.
BREACHES = {
    "a package that nobody placed": ("nowhere/__init__.py", "", STREAM),
    "upstream calls downstream": ("party/queries.py", "import encaisse.invoice.models", STREAM),
    "a noun calls a flow": ("invoice/queries/lists.py", "import encaisse.flows.books", STREAM),
    "one face calls another": ("desk/lists.py", "import encaisse.cli.show", STREAM),
    "the kernel knows a noun": ("kernel/money.py", "import encaisse.tax.rules", STREAM),
    "a page knows a model": ("desk/lists.py", "import encaisse.invoice.models", FACES),
    "a rule knows the database": ("billing/rules.py", "import django.db", RULES),
    "a command numbers invoices": ("cli/runs.py", "import encaisse.invoice.operations.issue", ISSUE),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the product, and its contracts."""
    place = tmp_path_factory.mktemp("breaches")
    for path in source.files(".py"):
        copied = place / path.relative_to(source.ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)
    shutil.copy(source.ROOT / ".importlinter", place)
    return place


def test_the_contracts_are_kept(copy) -> None:
    assert _broken(copy) == set()


def test_a_package_that_nobody_placed_breaks_the_stream(copy) -> None:
    assert _with_breach(copy, *BREACHES["a package that nobody placed"][:2]) == {STREAM}


@pytest.mark.parametrize("breach", [each for each in BREACHES if BREACHES[each][1]])
def test_a_breach_is_refused_by_its_contract(copy, breach) -> None:
    file, line, contract = BREACHES[breach]

    assert contract in _with_breach(copy, file, line)


def _with_breach(place: Path, file: str, line: str) -> set[str]:
    path = place / "encaisse" / file
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        return _broken(place)
    finally:
        if before is None:
            shutil.rmtree(path.parent)
        else:
            path.write_text(before)


def _broken(place: Path) -> set[str]:
    told = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(place), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in told.stdout, told.stdout + told.stderr
    return set(re.findall(r"^(.+) BROKEN$", told.stdout, re.MULTILINE))
