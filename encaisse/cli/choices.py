"""What people name on the command line by a code or a date, and the rows behind it."""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from gettext import gettext as _
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

if TYPE_CHECKING:
    from encaisse.kernel.scope import Scope
    from encaisse.party.queries import EntityRow


class Coded(Protocol):
    """A row that people name by its code."""

    @property
    def code(self) -> str:
        """The code."""


Row = TypeVar("Row", bound=Coded)


class Day(click.ParamType[dt.date]):
    """A date, written 2026-10-31 or 31/10/2026."""

    name = "date"

    def convert(
        self, value: str | dt.date, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """The date that was typed."""
        if isinstance(value, dt.date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            with suppress(ValueError):
                return dt.datetime.strptime(value, form).date()  # noqa: DTZ007 - a day has no zone
        return self.fail(
            _("{value} is no date: write it 2026-10-31 or 31/10/2026.").format(value=value), param, ctx
        )


DAY = Day()


def named(rows: Iterable[Row], code: str, option: str) -> Row:
    """The row of this code. Raises a usage error that lists the codes there are."""
    rows = tuple(rows)
    for row in rows:
        if row.code == code:
            return row
    codes = ", ".join(row.code for row in rows) or "–"
    text = _("Nothing has the code {code}. There are: {codes}.").format(code=code, codes=codes)
    raise click.BadParameter(text, param_hint=option)


def entity(scope: "Scope", code: str | None) -> "EntityRow":
    """The legal entity of this code, or the only one there is."""
    from encaisse.party.queries import legal_entities

    rows = legal_entities(scope)
    own = [row for row in rows if not row.is_sandbox]
    if code is None and len(own) == 1:
        return own[0]
    if code is None:
        codes = ", ".join(row.code for row in rows) or "–"
        raise click.UsageError(_("Say which legal entity with --entity: {codes}.").format(codes=codes))
    return named(rows, code, "--entity")
