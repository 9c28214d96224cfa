"""The same file name means the same thing everywhere, and a noun opens no other room."""

import ast

from tests.architecture import source

ROOMS = {
    "__init__", "apps", "errors", "fonts", "migrations", "models", "operations", "queries", "rules", "sql", "tasks",
    "templates", "words",
}  # fmt: skip
# What one noun needs beside the rooms, each for a reason of its own.
CRAFTS = {
    "access": {"backend"},  # Django asks for an authentication backend by its address
    "document": {  # from an invoice's data to the bytes of its file, one step each, all of them pure
        "appearance", "checking", "cii", "cii_blocks", "content", "epc", "facturx", "layout", "mentions", "printed",
        "rendering", "specimen", "spelling", "wording",
    },
    "invoice": {"indexes"},  # in what orders lists read its largest table
    "delivery": {"message"},  # the covering message around a document
    "ledger": {"morocco"},  # the accounts of a country, which an operation installs
    "tax": {"france", "morocco", "west_africa"},  # the rates of countries, which an operation installs
}  # fmt: skip
NAMELESS = {
    "base", "common", "constants", "helper", "helpers", "managers", "misc", "services", "signals", "util", "utils",
    "views",
}  # fmt: skip
# Arithmetic reads no clock, no database, no setting and no network: the standard library's pure part and these.
PURE = {
    "babel", "base64", "bisect", "calendar", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "hashlib", "hmac", "itertools", "json", "math", "operator", "re", "stdnum", "string", "struct",
    "typing", "unicodedata",
}  # fmt: skip


def test_nouns_open_only_rooms() -> None:
    strange = {
        f"{package}/{path.name}"
        for package in source.nouns()
        for path in (source.PACKAGE / package).iterdir()
        if path.name != "__pycache__" and path.stem not in ROOMS | CRAFTS.get(package, set())
    }

    assert strange == set()


def test_every_declared_craft_exists() -> None:
    gone = {
        f"{package}/{name}"
        for package, names in CRAFTS.items()
        for name in names
        if not _is_there(package, name)
    }

    assert gone == set()


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [source.name_of(path) for path in source.modules() if path.stem in NAMELESS] == []


def test_a_package_begins_with_one_paragraph_and_no_code() -> None:
    wrong = [
        package
        for package in source.packages()
        if len(source.tree(source.PACKAGE / package / "__init__.py").body) != 1
        or not ast.get_docstring(source.tree(source.PACKAGE / package / "__init__.py"))
    ]

    assert wrong == []


def test_rules_import_nothing_but_errors_money_and_rules() -> None:
    wrong = {
        f"{source.name_of(path)}: {name}"
        for path in source.modules()
        if _is_rules(path.relative_to(source.PACKAGE).parts)
        for name in source.imports(path)
        if not _is_pure(name)
    }

    assert wrong == set()


def test_named_tuples_of_rules_are_annotated_field_by_field() -> None:
    loose = [
        f"{source.name_of(path)}:{node.name}"
        for path in source.modules()
        if _is_rules(path.relative_to(source.PACKAGE).parts)
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "namedtuple"
    ]

    assert loose == []


def test_forms_are_never_made_from_models() -> None:
    made = ("ModelForm", "ModelSchema", "modelform_factory", "ModelChoiceField", "ModelMultipleChoiceField")

    assert {
        f"{source.name_of(path)}: {name}"
        for path in source.modules()
        for name in source.imports(path)
        if name.rpartition(".")[2] in made
    } == set()


def _is_there(package: str, name: str) -> bool:
    return any((source.PACKAGE / package).glob(f"{name}*"))


def _is_rules(parts: tuple[str, ...]) -> bool:
    return parts[1:2] == ("rules.py",) or parts[1:2] == ("rules",)


def _is_pure(name: str) -> bool:
    head, *rest = name.split(".")
    if head != "encaisse":
        return head in PURE
    package, room = rest[0], rest[1]
    if package == "kernel":
        return room in ("money", "errors", "states")
    # A document's rules shape `content`, the plain values that its other crafts write down.
    return room in ("errors", "rules") or (package, room) == ("document", "content")
