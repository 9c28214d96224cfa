"""A password hasher of the product's kind, quick enough for tests, that remembers what it hashed."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    """PBKDF2 with one turn. `salts` holds the salt of every hash made since a test emptied it."""

    iterations = 1
    salts: list[str] = []

    def encode(self, password, salt, iterations=None):
        """Hash, and remember the salt."""
        self.salts.append(salt)
        return super().encode(password, salt, iterations)
