"""`encaisse entity`: the companies that sell, each with its series, its ledger and its accounts."""

import datetime as dt
from collections.abc import Callable
from gettext import gettext as _
from typing import Any, TypeVar

import click

from encaisse.cli import session, show
from encaisse.cli.choices import Day
from encaisse.cli.groups import Group

Command = TypeVar("Command", bound=Callable[..., Any])
IDENTITY = (
    ("name", _("Its legal name."), True),
    ("address-1", _("Its street."), True),
    ("address-2", _("The rest of its street."), False),
    ("postcode", _("Its postcode."), False),
    ("city", _("Its town."), True),
    ("legal-form", _("Its legal form, such as SAS."), False),
    ("capital", _("Its share capital, as invoices say it, such as 50 000 €."), False),
    ("siren", _("Its SIREN."), False),
    ("siret", _("The SIRET of its seat."), False),
    ("vat-number", _("Its VAT number."), False),
    ("registry", _("Its trade register, such as RCS Paris."), False),
    ("ice", _("Its ICE, in Morocco."), False),
    (
        "fiscal-number",
        _("Its number at the tax office: IF in Morocco, NINEA in Senegal, NCC in Côte d’Ivoire."),
        False,
    ),
    ("professional-tax", _("Its number for the professional tax (TP), in Morocco."), False),
    ("social-security", _("Its number at the CNSS, in Morocco."), False),
    ("email", _("The address that its e-mails come from."), False),
    ("phone", _("Its telephone."), False),
)
SELLING = (
    ("iban", _("The IBAN that customers pay to.")),
    ("bic", _("Its BIC.")),
    ("late-penalty", _("The yearly rate of late payment interest, such as 12 %. Default: the legal one.")),
    ("timezone", _("Where its business days begin. Default: Europe/Paris.")),
    ("invoice-prefix", _("What its invoice numbers begin with. Default: F.")),
    ("credit-note-prefix", _("What its credit note numbers begin with. Default: A.")),
)
VAT = (
    ("services", _("When the VAT of its services is due: when they are billed, or when they are paid.")),
    ("goods", _("The same of its goods, which a French seller owes when they are delivered.")),
)
CLASSES = {"services": "service", "goods": "goods"}


@click.group(cls=Group, help=_("Name the companies that sell."))
def entity() -> None:
    """Hold the commands of legal entities together."""


def described(command: Command) -> Command:
    """The options that say who a legal entity is, how it sells and when it owes its VAT."""
    since = _(
        "The day from which this choice holds. Default: always, and today when another was made before."
    )
    command = click.option("--vat-since", type=Day(), metavar=_("DATE"), help=since)(command)
    for name, said in reversed(VAT):
        due = click.Choice(["debits", "receipts"])
        command = click.option(f"--vat-{name}", type=due, help=said)(command)
    command = click.option(
        "--month-end-reading",
        type=click.Choice(["days_first", "month_first"]),
        help=_("What 45 days end of month counts first: the days, or the month of issue. Default: the days."),
    )(command)
    for name, said in reversed(SELLING):
        command = click.option(f"--{name}", metavar=_("TEXT"), help=said)(command)
    for name, said, required in reversed(IDENTITY):
        # Any default, even of nothing, would satisfy what is required.
        rest: dict[str, Any] = {"required": True} if required else {"default": ""}
        command = click.option(f"--{name}", metavar=_("TEXT"), help=said, **rest)(command)
    return command


@entity.command(
    help=_(
        "Create a legal entity, or change the one of this code. Issued documents keep the identity that they were "
        "made with."
    )
)
@click.option("--code", required=True, metavar=_("CODE"), help=_("A short code of yours, for ever."))
@click.option("--country", default="FR", show_default=True, metavar=_("CODE"), help=_("Its country."))
@click.option(
    "--currency", default="EUR", show_default=True, metavar=_("CODE"), help=_("That of its books, for ever.")
)
@described
def save(code: str, country: str, currency: str, vat_since: dt.date | None, **told: str | None) -> None:
    """The legal entity is as told."""
    scope = session.begin()
    from encaisse.flows.save_seller import save_seller
    from encaisse.party.operations.sellers import Seller
    from encaisse.party.rules.identities import IdentityFacts

    regimes = {tax_class: due for kind, tax_class in CLASSES.items() if (due := told.pop(f"vat_{kind}"))}
    names = [option.replace("-", "_") for option, _said, _required in IDENTITY]
    known: dict[str, Any] = {name: told[name] or "" for name in names}
    identity = IdentityFacts(country=country, **known)
    selling: dict[str, Any] = {
        name: value for name, value in told.items() if name not in names and value is not None
    }
    seller = Seller(code=code, identity=identity, currency=currency, **selling)
    save_seller(scope, seller, regimes=regimes, since=vat_since)
    show.answer(_("{name} sells under the code {code}.").format(name=identity.name, code=code))


@entity.command("list", help=_("List the legal entities."))
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def list_entities(as_json: bool) -> None:
    """The legal entities are told."""
    scope = session.begin()
    from encaisse.party.queries import legal_entities

    found = legal_entities(scope)
    if as_json:
        show.answer_json([row._asdict() for row in found])
    else:
        show.table([(row.code, row.name, row.currency) for row in found])
