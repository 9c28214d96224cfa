"""The only place that catches: every end of a command is an exit code and a sentence, never a traceback."""

import os
import tempfile
import traceback
from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path

import click

from encaisse.cli import exits, show, words
from encaisse.cli.root import encaisse
from encaisse.config.environment import WrongSetting, home
from encaisse.database.errors import DatabaseRefusal
from encaisse.kernel import clock
from encaisse.kernel.errors import DomainError

LOG = "encaisse.log"


def run(args: Sequence[str]) -> int:
    """Run the command that these words name and return its exit code."""
    try:
        answer = encaisse.main(args=list(args), prog_name="encaisse", standalone_mode=False)
    except click.exceptions.Abort:
        show.note(_("Interrupted."))
        return exits.INTERRUPTED
    except click.ClickException as refused:
        refused.show()
        return refused.exit_code
    except Exception as fault:
        return _told(fault, whole="--traceback" in args)
    return answer if isinstance(answer, int) else exits.OK


def _told(fault: Exception, *, whole: bool) -> int:
    """Say what went wrong, and return the exit code that means it."""
    if whole:
        traceback.print_exception(fault)
    if isinstance(fault, DomainError):
        return _said(_business(fault), exits.REFUSED)
    if (sentence := _environment(fault)) is not None:
        return _said(sentence, exits.ENVIRONMENT)
    log = _logged(fault)
    sentence = _("Something went wrong that should not have: {fault}. The details are in {log}.")
    return _said(sentence.format(fault=_first_line(fault), log=log), exits.FAULT)


def _said(sentence: str, code: int) -> int:
    show.note(click.style(_("Error: {message}").format(message=sentence), fg="red"))
    return code


def _business(fault: DomainError) -> str:
    from encaisse.ui import words as faces  # needs Django, which a refusal shows is there

    return faces.refusal(fault)


def _environment(fault: Exception) -> str | None:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import InterfaceError, OperationalError

    match fault:
        case exits.CannotGoOn():
            return str(fault)
        case WrongSetting():
            return words.wrong_setting(fault)
        case DatabaseRefusal():
            return words.database_refusal(fault)
        case OperationalError() | InterfaceError():
            return _("The database cannot be reached: {reason}").format(reason=_first_line(fault))
        case OSError(filename=str() as name, strerror=str() as reason):
            return f"{name}: {reason}"
        case ImproperlyConfigured():
            return _("The settings cannot be used: {problem}").format(problem=_first_line(fault))
    return None


def _first_line(fault: Exception) -> str:
    return next(iter(str(fault).strip().splitlines()), type(fault).__name__).rstrip(".")


def _logged(fault: Exception) -> Path:
    """Add the whole story to the log, in the home, else in the system's folder for such things."""
    story = f"{clock.now().isoformat()} pid {os.getpid()}\n{''.join(traceback.format_exception(fault))}\n"
    for folder in (home, lambda: Path(tempfile.gettempdir())):
        try:
            log = folder() / LOG
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as file:
                file.write(story)
        except (OSError, WrongSetting):
            continue
        return log
    return Path(os.devnull)
