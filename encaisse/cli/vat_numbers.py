"""`encaisse vat-numbers`: VAT numbers of customers, asked for at the register of their country."""

from gettext import gettext as _

import click

from encaisse.cli import session, show
from encaisse.cli.exits import REFUSED


@click.command(
    "vat-numbers",
    help=_(
        "Ask the register for the VAT numbers that are due: new ones, changed ones, those whose answer is old. Which "
        "register is asked says ENCAISSE_VAT_REGISTER. The exit code is 1 when a number is unknown to it."
    ),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
@click.pass_context
def vat_numbers(context: click.Context, as_json: bool) -> None:
    """How many have which verdict is told."""
    scope = session.begin()
    from encaisse.adapters.vat_register import register
    from encaisse.flows.check_vat_numbers import check_numbers
    from encaisse.tax.errors import RegisterOff

    scope.require("edit_accounts")
    with register() as known, show.Step(_("VAT numbers asked for")) as step:
        if known is None:
            raise RegisterOff
        counts = check_numbers(known, scope.actor, tell=step)
    if as_json:
        show.answer_json(counts)
    else:
        said = _("Valid: {valid}. Unknown to the register: {invalid}. Asked in vain: {away}.")
        show.answer(said.format(**counts))
    if counts["invalid"]:
        context.exit(REFUSED)
