"""Offers: what is sold, at which prices, and what a quantity comes to."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog import queries
from encaisse.catalog.queries import OfferDetail, OfferRow
from encaisse.catalog.rules.offers import OfferFacts
from encaisse.currency.rules import Exchange
from encaisse.desk import exchanges, price_words
from encaisse.desk.fields import DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.lists import files, lines, window
from encaisse.desk.pages import advance_rules, contracts, prices
from encaisse.desk.pages.deposit_proposals import asked_of
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.flows import sell
from encaisse.insight.queries.exchange import exchange_of
from encaisse.kernel.lists import Window
from encaisse.kernel.references import key_of
from encaisse.kernel.scope import Scope
from encaisse.subscription import queries as subscription
from encaisse.subscription.queries import ContractRow
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone

SOME: Final = Window(size=20)


class OfferForm(Form):
    """What an offer is. Its code is said once."""

    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200, required=False)
    product_id = forms.TypedChoiceField(
        label=gettext_lazy("Product"),
        help_text=gettext_lazy("It says how the offer is taxed and posted."),
        coerce=int,
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[*price_words.KINDS.items()])
    period_count = forms.IntegerField(label=gettext_lazy("Billed every"), min_value=1, max_value=999)
    period_unit = forms.ChoiceField(label=gettext_lazy("Unit of time"), choices=[*price_words.UNITS.items()])
    timing = forms.ChoiceField(label=gettext_lazy("Billed"), choices=[*words.TIMINGS.items()])
    alignment = forms.ChoiceField(
        label=gettext_lazy("Periods are counted"), choices=[*price_words.ALIGNMENTS.items()]
    )
    proration = forms.ChoiceField(
        label=gettext_lazy("A period that is not whole is billed"), choices=[*price_words.PRORATIONS.items()]
    )
    meter = forms.CharField(
        label=gettext_lazy("Meter"),
        help_text=gettext_lazy("For usage: what is counted, as usage records name it, such as minutes."),
        max_length=50,
        required=False,
    )
    aggregation = forms.ChoiceField(
        label=gettext_lazy("What is billed of it"),
        choices=[("", "–"), *price_words.AGGREGATIONS.items()],
        required=False,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        products = [(row.id, f"{_named(row)} ({row.code})") for row in queries.products(scope)]
        self.fields["product_id"].choices = [("", "–"), *products]  # type: ignore[attr-defined]

    def facts(self) -> OfferFacts:
        """The offer as it was filled in; a name in English defaults to the one in French."""
        said = {name: self.cleaned_data[name] for name in OfferFacts._fields}
        return OfferFacts(**said | {"name_en": said["name_en"] or said["name_fr"]})


class NewOfferForm(OfferForm):
    """An offer to be, with its code first."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=50)
    field_order = ("code",)


class LastDay(Form):
    """From which day on an offer is no longer sold."""

    on = DayField(label=gettext_lazy("No contract begins from this day on"))


def offers(request: ScopedRequest) -> HttpResponse:
    """Everything that is sold, or was."""
    page = {"table": _table(request.scope, request.GET), "may": sell.may_change(request.scope)}
    return render(request, "desk/offers.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    day = today(scope)
    shown = _listing(scope, day)
    asked = shown.asked(address, size)
    wanted = queries.Wanted(
        asked.text("q"), asked.text("kind"), asked.text("product"), asked.text("sold"), on=day
    )
    found = queries.offers(scope, wanted, window=window(asked))
    empty = Empty(
        _("No offer yet"),
        _("An offer is what a contract holds: a subscription, a usage or what is charged once."),
        *((_("New offer"), reverse("desk:new_offer")) if sell.may_change(scope) else ()),
    )
    told = {"name": "offers", "caption": _("Offers and prices"), "empty": empty}
    return shown.table(asked, found.rows, total=found.total, export_url=files("offers", asked), **told)


def offer(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """One offer: what it is, what it includes, its prices, what a quantity comes to, and who holds it."""
    found, day = queries.offer(request.scope, offer_id), today(request.scope)
    may, exchange = sell.may_change(request.scope), _exchange(request)
    holding = subscription.contracts(request.scope, subscription.Wanted(offer_id=offer_id), window=SOME)
    shown = {
        "offer": found.row,
        "name": _named(found.row),
        "state": _state(found.row, day),
        "facts": (*_facts(found), *exchanges.fact(exchange)),
        "deposits": asked_of(request.scope, offer_id),
        "inclusions": _inclusions(found) if found.inclusions else None,
        "packages": found.packages,
        "prices": prices.listed(found, day, may=may, exchange=exchange),
        "own_prices": prices.of_customers(found, day, may=may),
        "trial": prices.trial(request.GET, found, day),
        "advances": advance_rules.section(request.scope, offer_id),
        "contracts": _contracts(request.scope, holding.rows),
        "every_contract": reverse("desk:contracts") + "?" + urlencode({"offer": found.row.code}),
        "raise_url": _raise(request.scope, found.row.code) if holding.total else "",
        "held": holding.total,
        "may": may,
        "last_day": LastDay(initial={"on": day}),
        "crumbs": (_all(), Crumb(found.row.code)),
    }
    return render(request, "desk/offer.html", shown)


def new_offer(request: ScopedRequest) -> HttpResponse:
    """Say what is to be sold."""
    sell.require_catalog(request.scope)
    form = NewOfferForm(request.scope, request.POST or None, initial=OfferFacts("", "")._asdict())
    if form.sent(lambda code, product_id, **_said: sell.create_offer(
        request.scope, code, form.facts(), product_id=product_id
    )):  # fmt: skip
        messages.success(request, _("The offer is there. Give it a price."))
        return redirect("desk:offer", form.outcome)
    return render(request, "desk/new_offer.html", {"form": form, "crumbs": (_all(), Crumb(_("New offer")))})


def change_offer(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """Say otherwise what an offer is."""
    sell.require_catalog(request.scope)
    found = queries.offer(request.scope, offer_id)
    initial = found.row._asdict() | found._asdict()
    form = OfferForm(request.scope, request.POST or None, initial=initial)
    if form.sent(lambda product_id, **_said: sell.change_offer(
        request.scope, offer_id, form.facts(), product_id=product_id
    )):  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect("desk:offer", offer_id)
    here = Crumb(found.row.code, reverse("desk:offer", args=[offer_id]))
    shown = {"form": form, "offer": found.row, "crumbs": (_all(), here, Crumb(_("Change")))}
    return render(request, "desk/change_offer.html", shown)


def discontinue(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """Sell an offer no longer from a day on, or sell it again."""
    queries.offer(request.scope, offer_id)
    form = LastDay(request.POST)
    if not request.POST.get("on"):
        sell.discontinue(request.scope, offer_id, None)
        messages.success(request, _("The offer is sold again."))
    elif form.sent(lambda on: sell.discontinue(request.scope, offer_id, on)):
        messages.success(request, _("No contract begins on this offer from that day on."))
    else:
        messages.error(request, _("This is no day."))
    return redirect("desk:offer", offer_id)


def _exchange(request: ScopedRequest) -> Exchange | None:
    """What the currency of the account that is looked at is worth; an account that nobody may see is none."""
    account = request.GET.get("account", "")
    return exchange_of(request.scope, key_of("ba", account)) if account else None


def _all() -> Crumb:
    return Crumb(_("Offers and prices"), reverse("desk:offers"))


def _named(row: Any) -> str:
    return str(row.name_fr if formats.in_french() else row.name_en)


def _state(row: OfferRow, day: dt.date) -> Status:
    """Whether the offer is sold."""
    if row.discontinued_on is None:
        return Status(_("On sale"), Tone.GOOD) if row.prices else Status(_("Without a price"), Tone.WARN)
    if row.discontinued_on > day:
        return Status(_("On sale until %(day)s") % {"day": formats.date(row.discontinued_on)}, Tone.WARN)
    return Status(_("No longer sold"), Tone.CLOSED)


def _listing(scope: Scope, day: dt.date) -> Listing:
    products = tuple((row.code, f"{_named(row)} ({row.code})") for row in queries.products(scope))
    return Listing(
        columns=(
            Column("code", _("Offer"), Kind.CODE, sortable=True, link=_page),
            Column("name", _("Name"), sortable=True, show=_named),
            Column("kind", _("Kind"), sortable=True, show=lambda row: price_words.KINDS[row.kind]),
            Column("recurrence", _("Recurrence"), show=_recurrence),
            Column("price", _("Price"), show=lambda row: lines(prices.in_force(row.prices, day))),
            Column("product", _("Product"), Kind.CODE, sortable=True),
            Column("state", _("State"), Kind.STATUS, show=lambda row: _state(row, day)),
        ),
        filters=(
            Filter("q", _("Search")),
            Filter("kind", _("Kind"), tuple(price_words.KINDS.items())),
            Filter("product", _("Product"), products),
            Filter("sold", _("State"), (("yes", _("On sale")), ("no", _("No longer sold")))),
        ),
        sort=Sort("code"),
    )


def _page(row: OfferRow) -> str:
    return reverse("desk:offer", args=[row.id])


def _recurrence(row: OfferRow) -> str | None:
    if row.kind == "one_shot":
        return None
    return f"{words.recurrence(row.period_unit, row.period_count)}, {words.TIMINGS[row.timing]}"


def _facts(found: OfferDetail) -> tuple[Fact, ...]:
    row = found.row
    facts = [Fact(_("Kind"), price_words.KINDS[row.kind]), Fact(_("Product"), row.product)]
    if row.kind != "one_shot":
        facts += [
            Fact(_("Recurrence"), _recurrence(row)),
            Fact(_("Periods are counted"), price_words.ALIGNMENTS[found.alignment]),
            Fact(_("A period that is not whole is billed"), price_words.PRORATIONS[found.proration]),
        ]
    if row.kind == "usage":
        facts += [
            Fact(_("Meter"), found.meter),
            Fact(_("What is billed of it"), price_words.AGGREGATIONS[found.aggregation]),
        ]
    part_of = [
        Fact(_("Part of"), each.code, reverse("desk:offer", args=[each.offer_id])) for each in found.packages
    ]
    return (*facts, *part_of)


def _inclusions(found: OfferDetail) -> Table:
    columns = (
        Column("code", _("Offer"), Kind.CODE, link=lambda row: reverse("desk:offer", args=[row.offer_id])),
        Column("name", _("Name"), show=_named),
        Column("quantity", _("For each one"), Kind.NUMBER, show=lambda row: formats.number(row.quantity)),
    )
    return Table(columns, found.inclusions, name="inclusions", caption=_("What it includes"))


def _raise(scope: Scope, code: str) -> str:
    """Where the prices of the contracts that hold it are raised, for whoever may."""
    address = urlencode({"offer": code, "state": "active"})
    return f"{reverse('desk:mass', args=['contracts'])}?{address}" if scope.may("manage_contracts") else ""


def _contracts(scope: Scope, rows: Sequence[ContractRow]) -> Table:
    columns = tuple(column for column in contracts.listing(scope).columns if column.key != "offers")
    empty = Empty(_("No contract holds this offer"))
    return Table(columns, rows, name="contracts", caption=_("Contracts"), empty=empty)


routes = [
    Route(
        "offers",
        "offers",
        offers,
        menu=Menu(Section.BILL, gettext_lazy("Offers and prices")),
        table=_table,
    ),
    Route("offers/new", "new_offer", new_offer, "manage_offers", FORM),
    Route("offers/<off:offer_id>", "offer", offer),
    Route("offers/<off:offer_id>/change", "change_offer", change_offer, "manage_offers", FORM),
    Route("offers/<off:offer_id>/discontinue", "discontinue_offer", discontinue, "manage_offers", BUTTON),
]
