"""What a command needs before it works: settings read, the database reached, the operator's scope."""

import getpass
import os
import sys
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING

from encaisse.cli import language, show, words
from encaisse.cli.exits import CannotGoOn
from encaisse.config import environment
from encaisse.database import launcher
from encaisse.database.state import Phase

if TYPE_CHECKING:
    from encaisse.kernel.scope import Scope


def begin(*, migrated: bool = True) -> "Scope":
    """Django is set up, the database is reached and has this version's schema. Returns the operator's scope.

    The embedded database is started when nobody has, and gets its tables when it is new.
    Raises WrongSetting, DatabaseRefusal, CannotGoOn.
    """
    load()
    reach()
    if migrated:
        _require_schema()
    return _operator()


def load() -> None:
    """Settings are read and Django speaks the command line's language."""
    import django
    from django.utils import translation

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "encaisse.config.settings")
    django.setup()
    translation.activate(language.chosen(os.environ))


def reach() -> None:
    """The embedded database accepts connections, unless another server is named."""
    from django.conf import settings

    if settings.EMBEDDED_DATABASE:
        launcher.ensure(settings.HOME, say=waiting)


def home() -> Path:
    """The folder of the embedded database. Raises CannotGoOn when another server is named instead."""
    if "DATABASE_URL" in os.environ:
        raise CannotGoOn(
            _(
                "DATABASE_URL names a server of yours: use its own tools, or unset it for the embedded database."
            )
        )
    return environment.home()


def waiting(phase: Phase, seconds: int) -> None:
    """Say now and then what one is waiting for."""
    show.note(_("{phase}… {seconds} s").format(phase=words.phase(phase), seconds=seconds))


def _require_schema() -> None:
    from django.conf import settings

    from encaisse.kernel import schema

    if settings.EMBEDDED_DATABASE and schema.is_new():
        from encaisse.cli.schemas import up_to_date

        up_to_date()
    elif not schema.is_current():
        raise CannotGoOn(
            _("The database does not have the tables of this version yet: run `encaisse migrate`.")
        )


def _operator() -> "Scope":
    from encaisse.access.queries.users import operator

    return operator(user_name())


def user_name() -> str:
    """Who runs the command, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"{sys.platform}:{os.getuid()}"
