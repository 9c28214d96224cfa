"""Help: every command, every option, in both languages."""

import json
import re
import subprocess
import sys

import click
import pytest

from encaisse.cli.root import encaisse
from tests.cli.processes import environment

ALL = """
import json, sys, contextlib, io, os
from encaisse.cli import language
language.install(os.environ)
from encaisse.cli.faults import run
said = {}
for path in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = run([*path, "--help"])
    said[" ".join(path)] = [code, out.getvalue()]
print(json.dumps(said))
"""


def paths(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command under this one, by its words."""
    under = command.commands if isinstance(command, click.Group) else {}
    return [path, *(found for name, each in under.items() for found in paths(each, (*path, name)))]


def helps(**settings: str | None) -> dict[str, str]:
    """The help of every command, by its words, in the language that these settings choose."""
    done = subprocess.run(
        [sys.executable, "-c", ALL, json.dumps(paths(encaisse))],
        env=environment(LANGUAGE=None, LC_ALL=None, LC_MESSAGES=None, LANG=None, **settings),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    assert {code for code, _ in said.values()} == {0}
    return {path: text for path, (_, text) in said.items()}


def sentences(text: str) -> set[str]:
    """The lines that hold a word, but for a heading and the names of choices, the same in both languages."""
    lines = {line.strip() for line in text.splitlines() if re.search("[A-Za-z]{3}", line)}
    return {line for line in lines if not re.fullmatch(r"Options:|--[a-z-]+ \[[a-z_|-]+\]", line)}


def test_every_command_and_every_option_says_what_it_is_for():
    for path in paths(encaisse):
        command: click.Command = encaisse
        for word in path:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        assert command.help, path
        assert all(each.help for each in command.params if isinstance(each, click.Option)), path


def test_the_commands_of_the_product_are_there():
    assert [" ".join(path) for path in paths(encaisse)] == [
        "", "demo", "serve", "worker", "migrate", "import", "import offers", "import prices", "import rates",
        "import customers", "import contracts", "import usage", "import undo", "import invoices", "import credits",
        "import deposits",
        "bill", "issue",
        "run", "run pause", "run resume", "run retry", "run report", "books", "vat-numbers", "export",
        "export fec", "export journal", "export vat", "export cutoff", "export documents", "export print", "db",
        "db start", "db stop",
        "db status", "db psql", "db dump", "db restore", "bench", "bench billing", "bench usage", "bench imports",
        "bench documents", "bench pages", "bench api", "doctor",
        "entity", "entity save", "entity list", "user", "user create", "user reset-two-factor",
        "api-key", "api-key create", "api-key list", "api-key revoke",
        "webhooks", "webhooks list", "webhooks log", "webhooks replay",
    ]  # fmt: skip


def test_help_is_french_unless_english_is_asked_for():
    french, english = helps(ENCAISSE_LANGUAGE=None), helps(ENCAISSE_LANGUAGE="en")

    for path, text in french.items():
        assert text.startswith("Usage\N{NO-BREAK SPACE}: encaisse"), path
        assert "Affiche cette aide." in text
        assert not sentences(text) & sentences(english[path]), path
        assert "Show this message and exit." in english[path]


@pytest.mark.parametrize(
    ("settings", "language"),
    [
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LC_ALL": "POSIX", "LANG": "en_GB"}, "en"),
        ({"LC_ALL": "de_DE.UTF-8", "LANG": "en_GB"}, "fr"),
        ({"ENCAISSE_LANGUAGE": "fr", "LANG": "en_US.UTF-8"}, "fr"),
    ],
)
def test_the_first_variable_that_names_a_language_chooses(settings, language):
    from encaisse.cli.language import chosen

    assert chosen(settings) == language
