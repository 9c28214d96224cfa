"""Secrets that must be read again, such as keys that sign: sealed at rest with a key made from the secret key."""

from base64 import urlsafe_b64encode
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from encaisse.adapters.errors import SecretUnreadable


def seal(text: str, *, purpose: str) -> str:
    """The text as only this installation can read it, and only for this purpose."""
    return _box(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The text that was sealed for this purpose. Raises SecretUnreadable when the secret key changed since."""
    try:
        return _box(settings.SECRET_KEY, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable from None


@cache
def _box(secret_key: str, purpose: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"encaisse {purpose}".encode())
    return Fernet(urlsafe_b64encode(derived.derive(secret_key.encode())))
