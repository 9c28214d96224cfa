"""Every command of the program, by name."""

from gettext import gettext as _

import click

from encaisse.cli import (
    benches,
    billing,
    books,
    databases,
    demonstration,
    doctor,
    entities,
    exports,
    hooks,
    imports,
    keys,
    schemas,
    serving,
    users,
    vat_numbers,
)
from encaisse.cli.groups import Group

HELP = _(
    "From contract to cash: bill, send, get paid, chase, and keep books that prove every cent.\n\n"
    "`encaisse demo` shows it at work with fictitious customers; `encaisse serve` opens it for yours. "
    "The setting ENCAISSE_LANGUAGE=en speaks English."
)


@click.group(
    cls=Group,
    name="encaisse",
    help=HELP,
    options_metavar=_("[OPTIONS]"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="encaisse")
@click.option("--traceback", is_flag=True, help=_("Show where in the program an unexpected error came from."))
def encaisse(traceback: bool) -> None:
    """Hold the commands together."""


for command in (
    demonstration.demo,
    serving.serve,
    serving.worker,
    schemas.migrate,
    imports.imports,
    billing.bill,
    billing.issue,
    billing.run,
    books.books,
    vat_numbers.vat_numbers,
    exports.export,
    databases.db,
    benches.bench,
    doctor.doctor,
    entities.entity,
    users.user,
    keys.api_key,
    hooks.webhooks,
):
    encaisse.add_command(command)
