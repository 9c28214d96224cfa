"""What `encaisse doctor` looks at. Needs Django and a database that answers."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.db import connections

from encaisse.access.queries.users import operator
from encaisse.document.queries.checks import alarms
from encaisse.kernel import queue, schema

OLDEST, NEWEST = 15, 18
ROOM_GB: Final = 2


class Verdict(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    said: str


def examine() -> Iterator[Check]:
    """Look at one thing after the other."""
    for name, look in _looks():
        verdict, said = look()
        yield Check(name, verdict, said)


Looked = tuple[Verdict, str]


def _looks() -> list[tuple[str, Callable[[], Looked]]]:
    return [
        ("Python", _python),
        (_("Home"), _home),
        (_("Room on the disk"), _room),
        (_("Secret key"), _secret),
        ("PostgreSQL", _server),
        (_("Roles"), _roles),
        (_("Tables"), _tables),
        (_("Waiting tasks"), _waiting),
        (_("Documents"), _documents),
        (_("Mail"), _mail),
        (_("Addresses answered"), _hosts),
    ]


def _python() -> Looked:
    return Verdict.GOOD, sys.version.split()[0]


def _home() -> Looked:
    home = Path(settings.HOME)
    if os.access(home, os.W_OK):
        return Verdict.GOOD, str(home)
    return Verdict.BAD, _("{folder} cannot be written").format(folder=home)


def _room() -> Looked:
    free = shutil.disk_usage(settings.HOME).free / 2**30
    said = _("{free} GB free").format(free=f"{free:.1f}")
    return (Verdict.GOOD if free >= ROOM_GB else Verdict.WARN), said


def _secret() -> Looked:
    if "ENCAISSE_SECRET_KEY" in os.environ:
        return Verdict.GOOD, _("from ENCAISSE_SECRET_KEY")
    kept = Path(settings.HOME) / "secret.key"
    if kept.exists() and kept.stat().st_mode & 0o077:
        return Verdict.BAD, _("others can read {file}: run `chmod 600 {file}`").format(file=kept)
    return Verdict.GOOD, _("kept in {file}; back it up with the database").format(file=kept)


def _server() -> Looked:
    version = _asked("SHOW server_version").split()[0]
    known = OLDEST <= int(version.split(".")[0]) <= NEWEST
    where = _("embedded") if settings.EMBEDDED_DATABASE else _("your own server")
    said = f"{version}, {where}"
    if not known:
        return Verdict.BAD, _("{said}; versions {oldest} to {newest} are supported").format(
            said=said, oldest=OLDEST, newest=NEWEST
        )
    if _asked("SHOW fsync") != "on":
        return Verdict.BAD, _("{said}; fsync is off: a power cut may lose everything").format(said=said)
    return Verdict.GOOD, said


def _roles() -> Looked:
    if not schema.has_two_roles():
        text = _("one role for everything; name the owner of the tables apart in DATABASE_OWNER_URL")
        return Verdict.WARN, text
    if _asked("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "True":
        return Verdict.BAD, _("the application connects as a superuser, whom nothing can refuse")
    return Verdict.GOOD, _("the application cannot change the tables")


def _tables() -> Looked:
    if schema.is_current():
        return Verdict.GOOD, _("of this version")
    return Verdict.BAD, _("not of this version: run `encaisse migrate`")


def _waiting() -> Looked:
    if not schema.is_current():
        return Verdict.WARN, _("unknown without tables")
    waiting, failed = queue.waiting(), queue.failed()
    if failed:
        said = ngettext("{count} task failed for good", "{count} tasks failed for good", failed)
        return Verdict.WARN, said.format(count=failed)
    return Verdict.GOOD, str(waiting)


def _documents() -> Looked:
    """Alarms stand until somebody resolves them."""
    if not schema.is_current():
        return Verdict.WARN, _("unknown without tables")
    found = alarms(operator("doctor"))
    told = (
        (found.not_made, ngettext("{count} could not be made", "{count} could not be made", found.not_made)),
        (
            found.failed,
            ngettext("{count} breaks an official rule", "{count} break an official rule", found.failed),
        ),
        (
            found.unread,
            ngettext("{count} could not be examined", "{count} could not be examined", found.unread),
        ),
    )
    said = ", ".join(text.format(count=count) for count, text in told if count)
    if not said:
        return Verdict.GOOD, _("no alarm")
    return Verdict.WARN, _("{said}: see the page “Documents”").format(said=said)


def _mail() -> Looked:
    if settings.MAIL_URL.startswith("folder:"):
        text = _("nothing leaves: mail is written in {url}. Name a server in ENCAISSE_MAIL_URL")
        return Verdict.WARN, text.format(url=settings.MAIL_URL.removeprefix("folder://"))
    return Verdict.GOOD, settings.MAIL_URL.rpartition("@")[2]


def _hosts() -> Looked:
    return Verdict.GOOD, ", ".join(settings.ALLOWED_HOSTS)


def _asked(question: str) -> str:
    with connections["default"].cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])
