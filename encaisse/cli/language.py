"""French or English, chosen from the environment before anything is said. French unless English is asked for."""

import gettext
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

LOCALE: Final = Path(__file__).resolve().parents[1] / "locale"
ASKED_IN: Final = ("ENCAISSE_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
NO_LANGUAGE: Final = ("", "C", "POSIX")


def chosen(environ: Mapping[str, str]) -> str:
    """`fr` or `en`: what the first variable that names a language asks for. Neither `C` nor `POSIX` does."""
    for variable in ASKED_IN:
        code = environ.get(variable, "").partition(".")[0]
        if code not in NO_LANGUAGE:
            return "en" if code.lower().startswith("en") else "fr"
    return "fr"


def install(environ: MutableMapping[str, str]) -> str:
    """Our texts, and those of click and of PostgreSQL's programs, are in the chosen language. Returns it."""
    language = chosen(environ)
    environ["LANGUAGE"] = language  # read by the standard library at each text, and by the programs we start
    gettext.bindtextdomain("django", str(LOCALE))
    gettext.textdomain("django")
    return language


def gettext_noop(text: str) -> str:
    """The text itself, marked for the catalogue and translated where it is shown."""
    return text


def _ngettext_noop(one: str, many: str) -> tuple[str, str]:
    return one, many


# What click says by itself and looks up in our catalogue.
_ = gettext_noop
ngettext = _ngettext_noop
CLICK: Final = (
    _("Usage:"),
    _("Options"),
    _("Commands"),
    _("Aborted!"),
    _("Show this message and exit."),
    _("Show the version and exit."),
    _("%(prog)s, version %(version)s"),
    _("Error: {message}"),
    _("Error: The two entered values do not match."),
    _("Repeat for confirmation"),
    _("Try '{command} {option}' for help."),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("Missing argument"),
    _("Missing option"),
    _("Missing command."),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Option {name!r} does not take a value."),
    _("{value!r} is not a valid {number_type}."),
    _("{value} is not in the range {range}."),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is a file."),
    _("{name} {filename!r} is a directory."),
    _("{name} {filename!r} is not readable."),
    _("{name} {filename!r} is not writable."),
    _("default: {default}"),
    _("file"),
    _("directory"),
    _("path"),
    ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    ngettext(
        "{value!r} does not match the format {format}.", "{value!r} does not match the formats {formats}."
    ),
)
