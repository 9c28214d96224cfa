"""Passwords are hashed quickly here."""

import pytest

from tests.access.hashing import Quick


@pytest.fixture(autouse=True)
def salts(settings):
    """The salts of the hashes that the test makes."""
    settings.PASSWORD_HASHERS = ["tests.access.hashing.Quick"]
    Quick.salts.clear()
    return Quick.salts
