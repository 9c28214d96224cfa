"""`encaisse migrate`: the tables of this version, and what every installation has from the first day."""

from gettext import gettext as _

import click

from encaisse.cli import session, show


@click.command(help=_("Bring the tables of the database to this version. May be repeated."))
def migrate() -> None:
    """The schema is this version's."""
    session.begin(migrated=False)
    show.answer(_("The tables are those of this version.") if up_to_date() else _("Nothing had to change."))


def up_to_date() -> bool:
    """The schema is this version's and what comes ready-made is installed. Returns whether tables changed."""
    from encaisse.flows.install import install
    from encaisse.kernel import schema

    changed = not schema.is_current()
    if changed:
        with show.Step(_("Tables")):
            schema.migrate()
    install()
    return changed
