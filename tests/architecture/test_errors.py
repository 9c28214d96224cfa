"""Refusals: one code each for ever, and none that Python cannot raise through a block."""

import importlib
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import fields, is_dataclass

import pytest

from encaisse.kernel.errors import DomainError
from tests.architecture import source


def _modules() -> list[str]:
    """Where refusals are defined: in a noun's room of errors, and beside each adapter."""
    found = [
        path for path in source.modules() if path.stem == "errors" or source.package_of(path) == "adapters"
    ]
    return [source.dotted(path) for path in found]


def _refusals() -> list[type[DomainError]]:
    for name in _modules():
        importlib.import_module(name)
    waiting, found = [DomainError], []
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.startswith("encaisse."):
            found.append(refusal)
    return sorted(set(found), key=lambda each: (each.__module__, each.__name__))


@contextmanager
def _block():
    yield


@pytest.mark.parametrize("refusal", _refusals(), ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_a_refusal_passes_through_a_block_and_keeps_its_facts(refusal) -> None:
    facts = {field.name: field.name for field in fields(refusal) if field.init}

    with pytest.raises(refusal) as caught, _block():
        raise refusal(**facts)

    assert caught.value.facts() == facts
    assert caught.value.__traceback__ is not None
    assert refusal.code in str(caught.value)


@pytest.mark.parametrize("refusal", _refusals(), ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_a_refusal_never_changes(refusal) -> None:
    seen = refusal(**{field.name: 1 for field in fields(refusal) if field.init})

    with pytest.raises(AttributeError):
        seen.code = "another"


def test_each_refusal_has_a_code_of_its_own() -> None:
    codes = Counter((refusal.code, refusal.__name__) for refusal in _refusals())
    shared = Counter(code for code, _ in codes)

    assert [code for code, count in shared.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in shared)


def test_refusals_are_defined_where_refusals_are_looked_for() -> None:
    assert {refusal.__module__ for refusal in _refusals()} <= set(_modules())
    assert all(is_dataclass(refusal) for refusal in _refusals())
