"""The environment, read once and typed. Each wrong value has its own clear error."""

import os
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _


class WrongSetting(Exception):
    """An environment variable holds a value that cannot be used. `problem` is a text of the catalogue with `facts`."""

    def __init__(self, name: str, problem: str, **facts: str) -> None:
        super().__init__(f"{name}: {problem.format(**facts)}")
        self.name, self.problem, self.facts = name, problem, facts


def home() -> Path:
    """The folder that holds everything Encaisse writes: database, files, outbox, secret.

    `ENCAISSE_HOME` decides. As root it defaults to `/var/lib/encaisse`; otherwise to the XDG data folder.
    """
    if chosen := os.environ.get("ENCAISSE_HOME"):
        path = Path(chosen).expanduser()
        if not path.is_absolute():
            raise WrongSetting("ENCAISSE_HOME", _("{value} is relative; give a full path"), value=chosen)
        return path
    if os.geteuid() == 0:
        return Path("/var/lib/encaisse")
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "encaisse"


def secret_key(folder: Path) -> str:
    """`ENCAISSE_SECRET_KEY`, or a key made once and kept in the home folder, readable by its owner only."""
    if chosen := os.environ.get("ENCAISSE_SECRET_KEY"):
        if len(chosen) < 32:
            raise WrongSetting("ENCAISSE_SECRET_KEY", _("it needs 32 characters or more"))
        return chosen
    kept = folder / "secret.key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"secret.key.{os.getpid()}"
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, kept)  # the first process wins; a second one reads what the first wrote
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return kept.read_text().strip()


def database(url: str, variable: str = "DATABASE_URL") -> dict[str, object]:
    """Django's connection settings from a `postgresql://` address, its query string as libpq options."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise WrongSetting(variable, _("it must start with postgresql://"))
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise WrongSetting(variable, _("it names no database: postgresql://user@host/NAME"))
    try:
        port = parts.port or options.pop("port", "")
    except ValueError:
        raise WrongSetting(variable, _("its port is not a number")) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or options.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(port),
        "OPTIONS": options,
    }


def time_zone(name: str, *, default: str) -> str:
    """A time zone by its IANA name."""
    value = os.environ.get(name, "") or default
    try:
        ZoneInfo(value)
    except (KeyError, ValueError):
        raise WrongSetting(
            name, _("{value} is no time zone; give one such as Europe/Paris"), value=value
        ) from None
    return value


def vat_register(name: str) -> str:
    """Which register of VAT numbers is asked: its address, `simulator`, or nothing."""
    known = {"": "", "simulator": "simulator", "vies": "https://ec.europa.eu/taxation_customs/vies/rest-api"}
    value = os.environ.get(name, "").strip().lower()
    if value not in known:
        raise WrongSetting(name, _("{value} is neither vies nor simulator"), value=value)
    return known[value]


def count(name: str, *, default: int) -> int:
    """A variable that holds a whole number above zero."""
    value = os.environ.get(name, "").strip()
    if value and (not value.isascii() or not value.isdigit() or int(value) == 0):
        raise WrongSetting(name, _("{value} is no whole number above zero"), value=value)
    return int(value) if value else default


def flag(name: str, *, default: bool) -> bool:
    """A yes-or-no variable."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "1", "0", "yes", "no", "true", "false"):
        return default if value == "" else value in ("1", "yes", "true")
    raise WrongSetting(name, _("{value} is neither yes nor no"), value=value)


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks such as `10.1.0.0/16`, between commas."""
    given = [text.strip() for text in os.environ.get(name, "").split(",") if text.strip()]
    try:
        return tuple(map(ip_network, given))
    except ValueError:
        raise WrongSetting(
            name, _("{value} is no list of networks; write, for instance, 10.1.0.0/16"), value=",".join(given)
        ) from None


def ports(name: str, *, default: str) -> frozenset[int]:
    """Numbers of ports, between commas."""
    value = os.environ.get(name, "") or default
    try:
        found = frozenset(int(text) for text in value.split(","))
    except ValueError:
        found = frozenset({0})
    if not all(0 < port < 65_536 for port in found):
        raise WrongSetting(name, _("{value} is no list of ports; write, for instance, 443,8443"), value=value)
    return found
