"""`encaisse api-key`: the keys with which programs use the API."""

import datetime as dt
from gettext import gettext as _
from typing import TYPE_CHECKING, Any

import click

from encaisse.cli import session, show
from encaisse.cli.choices import Day, named
from encaisse.cli.groups import Group

if TYPE_CHECKING:
    from encaisse.access.queries.keys import KeyRow
    from encaisse.kernel.scope import Scope


@click.group("api-key", cls=Group, help=_("Manage the keys with which programs use the API."))
def api_key() -> None:
    """Hold the commands of keys together."""


@api_key.command(
    help=_(
        "Make a key and print its secret, this once: nobody can tell it again. In test mode it works in a sandbox."
    )
)
@click.option("--name", required=True, metavar=_("NAME"), help=_("Which program it is for."))
@click.option(
    "--mode", type=click.Choice(["live", "test"]), required=True, help=_("For good, or to try things out.")
)
@click.option(
    "--role",
    default="admin",
    show_default=True,
    metavar=_("ROLE"),
    help=_("What it may do: admin, billing, collector, leader, rep, or a role of yours."),
)
@click.option("--rep", metavar=_("CODE"), help=_("Whose customers it sees, if the role asks."))
@click.option(
    "--entity",
    "entities",
    multiple=True,
    metavar=_("CODE"),
    help=_("Only this seller; may be repeated."),
)
@click.option("--customer", metavar=_("REFERENCE"), help=_("Only this customer, by your own reference."))
@click.option("--expires", type=Day(), metavar=_("DATE"), help=_("The day on which it ends. Default: never."))
def create(name: str, mode: str, role: str, entities: tuple[str, ...], **narrowed: Any) -> None:
    """The program has a key."""
    scope = session.begin()
    from encaisse.access.operations.keys import Wanted
    from encaisse.flows.open_api import give_key
    from encaisse.party.queries import legal_entities, reps

    rep, customer, expires = (narrowed[each] for each in ("rep", "customer", "expires"))
    chosen = frozenset(named(legal_entities(scope), code, "--entity").id for code in entities)
    wanted = Wanted(
        name=name,
        mode=mode,
        role=role,
        rep_id=named(reps(scope), rep, "--rep").id if rep else None,
        entity_ids=chosen or None,
        customer_id=_customer(scope, customer) if customer else None,
        expires_at=dt.datetime.combine(expires, dt.time(), dt.UTC) if expires else None,
    )
    show.answer(give_key(scope, wanted).secret)


@api_key.command("list", help=_("Show every key: what it may do, who made it and when it was last used."))
def listed() -> None:
    """Every key, one a line."""
    scope = session.begin()
    from encaisse.access.queries.keys import keys

    rows = [(_("KEY"), _("NAME"), _("MODE"), _("STATE"), _("LAST USED"))]
    show.table(rows + [_line(key) for key in keys(scope)])


@api_key.command(help=_("End a key at once. KEY is what `encaisse api-key list` shows of it."))
@click.argument("key", metavar=_("KEY"))
def revoke(key: str) -> None:
    """The key opens nothing any more."""
    scope = session.begin()
    from encaisse.access.operations.keys import revoke_key
    from encaisse.access.queries.keys import keys

    found = [each for each in keys(scope) if each.beginning == key]
    if not found:
        raise click.BadParameter(_("No key begins like this."), param_hint="KEY")
    for each in found:
        revoke_key(scope, each.id)
    show.answer(_("{name} can use the API no more.").format(name=found[0].name))


def _line(key: "KeyRow") -> tuple[str, ...]:
    states = {"active": _("active"), "expired": _("expired"), "revoked": _("revoked")}
    used = key.last_used_at.strftime("%Y-%m-%d %H:%M") if key.last_used_at else "–"
    return key.beginning, key.name, key.mode, states[key.state], used


def _customer(scope: "Scope", reference: str) -> int:
    from encaisse.party.queries import Wanted, customers

    for row in customers(scope, Wanted(text=reference)).rows:
        if row.reference == reference:
            return row.id
    raise click.BadParameter(_("No customer has this reference."), param_hint="--customer")
