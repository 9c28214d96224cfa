"""Passwords are hashed quickly here."""

from tests.access.conftest import salts  # noqa: F401 - a fixture
