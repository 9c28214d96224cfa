"""E-mail on its way out: into a folder that plays the server, or to a real server by SMTP.

The address of the outbox chooses: `folder:///path`, `smtp://user:password@host:587`, `smtps://host:465`.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from encaisse.adapters.boundary import outside_transactions
from encaisse.adapters.errors import MailRefused
from encaisse.adapters.files import write_whole

TIMEOUT_S: Final = 30
# Source: RFC 4954, 6.
_ENCRYPT_FIRST: Final = 538
_FOLDER: Final = "folder://"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._@+-]")


class Mailer(Protocol):
    """Takes messages; whoever repeats one gives it the same Message-ID. Called outside transactions only."""

    def send(self, message: EmailMessage) -> None:
        """The message is taken for delivery. Raises MailRefused."""

    def close(self) -> None:
        """Nothing is held open any more."""


@contextmanager
def opened(address: str) -> Iterator[Mailer]:
    """The outbox at that address, for many messages. Raises ValueError for an unknown scheme."""
    mailer = _mailer(address)
    try:
        yield mailer
    finally:
        mailer.close()


def _mailer(address: str) -> Mailer:
    if address.startswith(_FOLDER):
        return FolderMailer(Path(address.removeprefix(_FOLDER)))
    if urlsplit(address).scheme in ("smtp", "smtps"):
        return SmtpMailer(address)
    raise ValueError("the outbox is none of folder://, smtp:// and smtps://")


class FolderMailer:
    """Writes each message as an `.eml` file named by its Message-ID, so that a repeat replaces itself.

    It stands in for a server until one is named: a power cut may lose its last messages.
    """

    def __init__(self, folder: Path) -> None:
        """Write into `folder`, which is made when the first message comes."""
        self._folder = folder

    @outside_transactions
    def send(self, message: EmailMessage) -> None:
        """The message is in the folder when this returns."""
        name = _UNSAFE.sub("-", message["Message-ID"].strip("<>"))
        write_whole(self._folder / f"{name}.eml", message.as_bytes(), durable=False)

    def close(self) -> None:
        """A folder holds nothing open."""


class SmtpMailer:
    """Hands messages to a server over one connection, opened at the first and again when the server hung up.

    `smtps` is encrypted from the start; `smtp` becomes so where the server offers it, and without it no
    password is told.
    """

    def __init__(self, address: str) -> None:
        """Remember the server; nothing is opened yet."""
        self._parts = urlsplit(address)
        self._server: smtplib.SMTP | None = None

    @outside_transactions
    def send(self, message: EmailMessage) -> None:
        """The server took the message. Raises MailRefused: temporary unless it said no for good."""
        try:
            self._connected().send_message(message)
        except smtplib.SMTPServerDisconnected as error:
            self._server = None
            raise MailRefused(temporary=True, message=str(error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(temporary=False, message=str(error)) from error
        except smtplib.SMTPException as error:
            raise MailRefused(temporary=_is_temporary(error), message=_said(error)) from error
        except OSError as error:
            self.close()
            raise MailRefused(temporary=True, message=str(error)) from error

    def close(self) -> None:
        """The server is told good-bye, if it still listens."""
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server = None

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            server = self._opened()
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
            self._server = server
        return self._server

    def _opened(self) -> smtplib.SMTP:
        host, secure = self._parts.hostname or "", ssl.create_default_context()
        if self._parts.scheme == "smtps":
            port = self._parts.port or smtplib.SMTP_SSL_PORT
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=secure)
        server = smtplib.SMTP(host, self._parts.port or smtplib.SMTP_PORT, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=secure)
        elif self._parts.username:
            server.close()
            raise smtplib.SMTPAuthenticationError(_ENCRYPT_FIRST, "no encryption offered, no password told")
        return server


def _is_temporary(error: smtplib.SMTPException) -> bool:
    """Codes of 500 and more are final, unless the server does not know us. Source: RFC 5321, 4.2.1."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return True
    return all(code < 500 for code, _ in _answers(error))


def _said(error: smtplib.SMTPException) -> str:
    answers = [f"{code} {text.decode('utf-8', 'replace')}" for code, text in _answers(error)]
    return "; ".join(answers) or str(error)


def _answers(error: smtplib.SMTPException) -> list[tuple[int, bytes]]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return list(error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return [(error.smtp_code, text if isinstance(text, bytes) else text.encode())]
    return []
