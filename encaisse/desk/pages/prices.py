"""The prices of an offer: each version in words, what a quantity comes to, and new ones."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog import queries
from encaisse.catalog.errors import PriceCustomerUnknown
from encaisse.catalog.queries import OfferDetail, OwnPrice
from encaisse.catalog.rules.exchange import read_in
from encaisse.catalog.rules.price_records import parse_tiers
from encaisse.catalog.rules.pricing import PriceFacts, Pricing, Rated, rate, rate_transactions
from encaisse.catalog.rules.terms import terms_of
from encaisse.currency.rules import Exchange
from encaisse.desk import price_words
from encaisse.desk.fields import AmountField, DayField, read_amount, today, typed
from encaisse.desk.forms import Form
from encaisse.desk.lists import lines
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows import sell
from encaisse.kernel.errors import DomainError
from encaisse.kernel.money import CURRENCIES, from_minor, to_minor
from encaisse.party import queries as party
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb, Money, Tab, Value

ONE_DAY: Final = dt.timedelta(days=1)
LARGEST: Final = Decimal(10) ** 12


class PriceForm(Form):
    """A price to be: to whom, since when, and the terms of one model."""

    customer = forms.CharField(
        label=gettext_lazy("Customer code"),
        help_text=gettext_lazy("Blank: the price is that of the list. A customer's own wins over the list."),
        max_length=50,
        required=False,
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    valid_from = DayField(
        label=gettext_lazy("First day"), help_text=gettext_lazy("Periods that begin from this day on.")
    )
    valid_to = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Blank: until there is another price."),
        required=False,
    )
    unit_price = AmountField(label=gettext_lazy("Price"), min_value=0, max_digits=20, decimal_places=6)
    package_size = AmountField(
        label=gettext_lazy("Units in a package"), min_value=0, max_digits=20, decimal_places=6
    )
    tiers = forms.CharField(
        label=gettext_lazy("Tiers"),
        help_text=gettext_lazy(
            "One a line: up to which quantity, a colon, the unit price. The last one has no end."
        ),
        widget=forms.Textarea({"rows": 5, "placeholder": "100 : 0,50\n1000 : 0,40\n: 0,30"}),
        max_length=2000,
    )
    percent = AmountField(
        label=gettext_lazy("Percentage of each transaction"),
        min_value=0, max_value=100, max_digits=9, decimal_places=6,
    )  # fmt: skip
    fixed_amount = AmountField(
        label=gettext_lazy("Fixed amount per transaction"),
        min_value=0, max_digits=20, decimal_places=6, required=False,
    )  # fmt: skip
    minimum_per_transaction = AmountField(
        label=gettext_lazy("Minimum per transaction"),
        min_value=0, max_digits=20, decimal_places=6, required=False,
    )  # fmt: skip
    maximum_per_transaction = AmountField(
        label=gettext_lazy("Maximum per transaction"),
        min_value=0, max_digits=20, decimal_places=6, required=False,
    )  # fmt: skip
    period_minimum = AmountField(
        label=gettext_lazy("Minimum per period"),
        help_text=gettext_lazy("What usage does not reach is billed beside it."),
        min_value=0, max_digits=20, decimal_places=6, required=False,
    )  # fmt: skip
    past_periods_stay = forms.BooleanField(
        label=gettext_lazy("Periods that are billed already keep their price"), required=False
    )

    def __init__(self, model: str, kind: str, currencies: Iterable[str], *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.model = model
        for name in ALL_TERMS - terms_of(model, kind):
            del self.fields[name]
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]

    def clean_tiers(self) -> Any:
        """The tiers typed."""
        try:
            return parse_tiers(re.sub(r"[;\s]*\n\s*", ";", self.cleaned_data["tiers"].strip()))
        except DomainError as error:
            raise forms.ValidationError(words.refusal(error)) from error

    def pricing(self) -> Pricing:
        """The terms as they were filled in."""
        said = {name: self.cleaned_data[name] for name in ALL_TERMS if name in self.fields}
        return Pricing(0, self.model, **said)


ALL_TERMS: Final = frozenset(Pricing._fields) - {"version_id", "model"}


class TrialForm(forms.Form):
    """A quantity to rate at one of the prices; of a percentage, the values of transactions."""

    price = forms.ChoiceField(label=gettext_lazy("At this price"))
    quantity = forms.CharField(label=gettext_lazy("Quantity"), max_length=200)

    def __init__(
        self, choices: Sequence[tuple[str, str]], *given: Any, of_transactions: bool, **options: Any
    ) -> None:
        super().__init__(*given, **options)
        self.of_transactions = of_transactions
        self.fields["price"].choices = choices  # type: ignore[attr-defined]
        if of_transactions:
            self.fields["quantity"].label = _("Values of transactions, with semicolons between")

    def clean_quantity(self) -> list[Decimal]:
        """The numbers typed, one alone unless they are of transactions."""
        written = [each for each in self.cleaned_data["quantity"].split(";") if each.strip()]
        values = [
            value for each in written if (value := read_amount(each)) is not None and 0 <= value < LARGEST
        ]
        if not values or len(values) < len(written) or (len(values) > 1 and not self.of_transactions):
            raise forms.ValidationError(_("Type a number, such as 1 234,50."))
        return values


class Trial(NamedTuple):
    """What a quantity comes to, part by part, once it is typed."""

    form: TrialForm
    parts: Table | None


class Part(NamedTuple):
    """One line of what a quantity comes to."""

    label: str
    quantity: str
    unit_price: str
    amount: Any


def listed(found: OfferDetail, day: dt.date, *, may: bool, exchange: Exchange | None = None) -> Table:
    """The prices of the list, the latest first; in a customer's currency too, where one is looked at."""
    shown = sorted(found.row.prices, key=lambda each: each.valid_from, reverse=True)
    columns = _columns(shown, day, may=may)
    if exchange is not None:
        other = Column(
            "exchanged", _("In %(currency)s") % {"currency": exchange.currency},
            show=lambda each: lines(_exchanged(each, exchange)),
        )  # fmt: skip
        columns = (*columns[:4], other, *columns[4:])
    return Table(columns, shown, name="prices", caption=_("Prices of the list"))


def _exchanged(price: PriceFacts, exchange: Exchange) -> list[str]:
    other = read_in(price, exchange)
    return price_words.explained(other) if other else []


def of_customers(found: OfferDetail, day: dt.date, *, may: bool) -> Table:
    """The prices of the customers that the reader may see, by customer."""
    whose = Column("customer", _("Customer"), link=_customer)
    every = [each.price for each in found.own_prices]
    columns = tuple(_of_own(column) for column in _columns(every, day, may=may))
    return Table((whose, *columns), found.own_prices, name="own", caption=_("Prices of customers"))


def in_force(prices: Sequence[PriceFacts], day: dt.date) -> list[str]:
    """What the list says on a day, by currency."""
    holding = [each for each in prices if each.holds(day)]
    latest = {each.currency: each for each in sorted(holding, key=lambda each: each.valid_from)}
    return [price_words.summary(each) for each in latest.values()]


def trial(asked: Mapping[str, str], found: OfferDetail, day: dt.date) -> Trial | None:
    """What the quantity asked for comes to at the price asked for, the one in force unless told."""
    own = {each.price.pricing.version_id: each.customer for each in found.own_prices}
    every = [*reversed(found.row.prices), *(each.price for each in found.own_prices)]
    if not every:
        return None
    known = {str(each.pricing.version_id): each for each in every}
    now = next((each for each in every if each.holds(day)), every[0])
    price = known.get(asked.get("price", ""), now)
    form = TrialForm(
        [(key, _choice(each, own)) for key, each in known.items()],
        {"price": str(price.pricing.version_id), "quantity": asked["quantity"]}
        if "quantity" in asked
        else None,
        of_transactions=price.pricing.model == "percentage",
        initial={"price": price.pricing.version_id},
    )
    return Trial(form, _parts(price, form.cleaned_data["quantity"]) if form.is_valid() else None)


def new_price(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """Give an offer a price, by one of the models; the one in force is there to begin with."""
    sell.require_catalog(request.scope)
    found, day = queries.offer(request.scope, offer_id), today(request.scope)
    now = max(
        (each for each in found.row.prices if each.holds(day)), key=lambda each: each.valid_from, default=None
    )
    model = _model(request.GET.get("model", ""), now)
    entities = [each.currency for each in party.legal_entities(request.scope)]
    currencies = [*dict.fromkeys([*entities, *sorted(CURRENCIES)])]
    initial = {"valid_from": day, **_terms(now, model)}
    form = PriceForm(model, found.row.kind, currencies, request.POST or None, initial=initial)
    if form.sent(lambda **_said: sell.set_price(
        request.scope, _price(request, offer_id, form), past_periods_stay=form.cleaned_data["past_periods_stay"]
    )):  # fmt: skip
        messages.success(request, _("The price is there."))
        return redirect("desk:offer", offer_id)
    shown = {
        "form": form,
        "offer": found.row,
        "tabs": _models(found, model),
        "meaning": price_words.MEANINGS[model],
        "crumbs": _way(found, _("New price")),
    }
    return render(request, "desk/new_price.html", shown)


def _model(asked: str, now: PriceFacts | None) -> str:
    """The model asked for, else that of the price in force."""
    if asked in price_words.MODELS:
        return asked
    return now.pricing.model if now else "per_unit"


def _terms(now: PriceFacts | None, model: str) -> dict[str, Any]:
    """The terms of the price in force as people type them, when it is of the model."""
    if now is None or now.pricing.model != model:
        return {}
    said = {name: getattr(now.pricing, name) for name in ALL_TERMS}
    numbers = {name: typed(value) for name, value in said.items() if isinstance(value, Decimal)}
    tiers = [
        f"{typed(up_to) if up_to else ''} : {typed(price)}".strip() for up_to, price in now.pricing.tiers
    ]
    return {**numbers, "currency": now.currency, "tiers": "\n".join(tiers)}


def end_price(request: ScopedRequest, version_id: int) -> HttpResponse:
    """Say until when a price holds."""
    sell.require_catalog(request.scope)
    price = queries.price(request.scope, version_id)
    found = queries.offer(request.scope, price.offer_id)
    form = PriceEnd(request.POST or None)
    if form.sent(lambda valid_to, past_periods_stay: sell.end_price(
        request.scope, version_id, valid_to + ONE_DAY, past_periods_stay=past_periods_stay
    )):  # fmt: skip
        messages.success(request, _("The price ends on that day."))
        return redirect("desk:offer", price.offer_id)
    shown = {
        "form": form,
        "offer": found.row,
        "terms": price_words.explained(price),
        "crumbs": _way(found, _("End a price")),
    }
    return render(request, "desk/end_price.html", shown)


class PriceEnd(Form):
    """Until when a price holds."""

    valid_to = DayField(label=gettext_lazy("Last day"))
    past_periods_stay = forms.BooleanField(
        label=gettext_lazy("Periods that are billed already keep their price"), required=False
    )


def _way(found: OfferDetail, here: str) -> tuple[Crumb, ...]:
    offer = Crumb(found.row.code, reverse("desk:offer", args=[found.row.id]))
    return Crumb(_("Offers and prices"), reverse("desk:offers")), offer, Crumb(here)


def _price(request: ScopedRequest, offer_id: int, form: PriceForm) -> PriceFacts:
    said = form.cleaned_data
    customer_id = queries.customer_coded(request.scope, said["customer"]) if said["customer"] else None
    if said["customer"] and customer_id is None:
        raise PriceCustomerUnknown()
    until = said["valid_to"] + ONE_DAY if said["valid_to"] else None
    return PriceFacts(form.pricing(), offer_id, customer_id, said["currency"], said["valid_from"], until)


def _models(found: OfferDetail, model: str) -> list[Tab]:
    fit = {
        name: label
        for name, label in price_words.MODELS.items()
        if name != "percentage" or found.row.kind == "usage"
    }
    return [Tab(label, f"?model={name}", current=name == model) for name, label in fit.items()]


def _columns(prices: Sequence[PriceFacts], day: dt.date, *, may: bool) -> tuple[Column, ...]:
    """Who may change prices ends those without an end where their end would stand."""
    return (
        Column("valid_from", _("First day"), Kind.DATE),
        Column("valid_to", _("Last day"), Kind.DATE, show=_last_day, link=_end if may else None),
        Column("model", _("Model"), show=lambda row: price_words.MODELS[row.pricing.model]),
        Column("terms", _("Price"), show=lambda row: lines(price_words.explained(row))),
        Column("state", _("State"), Kind.STATUS, show=lambda row: price_words.standing(row, prices, day)),
    )


def _of_own(column: Column) -> Column:
    """The column of a price, read from a row that holds one."""

    def value(row: OwnPrice) -> Any:
        return column.value(row.price)

    def link(row: OwnPrice) -> str:
        return column.link(row.price) if column.link else ""

    return Column(column.key, column.label, column.kind, show=value, link=link)


def _end(price: PriceFacts) -> str:
    return reverse("desk:end_price", args=[price.pricing.version_id]) if price.valid_to is None else ""


def _last_day(price: PriceFacts) -> Value:
    return price.valid_to - ONE_DAY if price.valid_to else _("no end")


def _customer(row: OwnPrice) -> str:
    return reverse("desk:customer", args=[row.price.customer_id])


def _choice(price: PriceFacts, own: Mapping[int, str]) -> str:
    whose = own.get(price.pricing.version_id, _("List"))
    said = {"whose": whose, "day": formats.date(price.valid_from), "price": price_words.summary(price)}
    return _("%(whose)s since %(day)s: %(price)s") % said


def _parts(price: PriceFacts, values: list[Decimal]) -> Table:
    pricing, currency = price.pricing, price.currency
    of_transactions = pricing.model == "percentage"
    rated = rate_transactions(pricing, values) if of_transactions else rate(pricing, sum(values, Decimal(0)))
    labels = [price_words.part(each, pricing) for each in rated]
    if of_transactions:
        labels = [_("Transaction of %(amount)s") % {"amount": formats.price(v, currency)} for v in values]
    rows = [_part(label, each, currency) for label, each in zip(labels, rated, strict=True)]
    total = sum((each.amount for each in rated), Decimal(0))
    missing = max(Decimal(0), (pricing.period_minimum or Decimal(0)) - total)
    if missing:
        rows.append(Part(_("Up to the minimum of a whole period"), "", "", _amount(missing, currency)))
    columns = (
        Column("label", _("What")),
        Column("quantity", _("Quantity"), Kind.NUMBER),
        Column("unit_price", _("Unit price"), Kind.MONEY),
        Column("amount", _("Amount"), Kind.MONEY),
    )
    sum_minor = Money(to_minor(total + missing, currency), currency)
    return Table(columns, rows, name="trial", caption=_("What it comes to"), totals={"amount": sum_minor})


def _part(label: str, rated: Rated, currency: str) -> Part:
    unit_price = formats.price(rated.unit_price, currency)
    return Part(label, formats.number(rated.quantity), unit_price, _amount(rated.amount, currency))


def _amount(exact: Decimal, currency: str) -> Any:
    minor = to_minor(exact, currency)
    return Money(minor, currency) if from_minor(minor, currency) == exact else formats.price(exact, currency)


routes = [
    Route("offers/<off:offer_id>/prices/new", "new_price", new_price, "manage_offers", FORM),
    Route("offers/prices/<prc:version_id>/end", "end_price", end_price, "manage_offers", FORM),
]
