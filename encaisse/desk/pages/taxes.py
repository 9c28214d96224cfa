"""Taxes, the rules that choose one, and an address to try them on."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import tax_words
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.lists import lines
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.rules.identifiers import is_vat_number_of
from encaisse.party.rules.places import territory
from encaisse.tax import operations, queries
from encaisse.tax.rules.choosing import Refusal, Supply, TaxRule
from encaisse.tax.rules.taxes import OTHER, VAT, Component, Tax
from encaisse.ui import formats
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb

PLACE_HELP: Final = gettext_lazy(
    "An ISO code such as FR, GP or DE; EU for its other members, WORLD for what is outside."
)


class TryForm(Form):
    """A sale that does not exist."""

    entity = forms.TypedChoiceField(label=gettext_lazy("Sold by"), coerce=int)
    country = forms.CharField(label=gettext_lazy("Country of the buyer"), max_length=2, initial="FR")
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=12, required=False)
    buyer = forms.ChoiceField(label=gettext_lazy("Buyer"), choices=[*tax_words.KINDS.items()])
    number = forms.CharField(label=gettext_lazy("VAT number"), max_length=20, required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category of the customer"), required=False)
    sold = forms.CharField(label=gettext_lazy("Tax class of what is sold"), max_length=50, initial="service")

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(row.id, row.name) for row in party.whole_entities(scope)]
        self.choose("entity", entities)
        self.choose("category", [("", _("None")), *tax_words.categories(queries.categories(scope))])


class RuleForm(Form):
    """A rule: which sales it is about, and what it answers."""

    seller = forms.CharField(
        label=gettext_lazy("Country of the seller"),
        help_text=gettext_lazy("An ISO code: FR."),
        max_length=2,
        initial="FR",
    )
    sold = forms.CharField(
        label=gettext_lazy("Tax class of what is sold"),
        help_text=gettext_lazy(
            "As products have it: service, goods, goods-reduced. Empty: whatever is sold."
        ),
        max_length=50,
        required=False,
    )
    country = forms.CharField(
        label=gettext_lazy("Place of the buyer"), help_text=PLACE_HELP, max_length=5, required=False
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Region"),
        help_text=gettext_lazy("Told by the postcode; it says the country too. For others name postcodes."),
        required=False,
    )
    postcode = forms.CharField(
        label=gettext_lazy("Postcodes from"),
        help_text=gettext_lazy("A whole postcode or its beginning: 75 is every one that begins so."),
        max_length=10,
        required=False,
    )
    postcode_to = forms.CharField(
        label=gettext_lazy("Postcodes to"),
        help_text=gettext_lazy("Empty: the same as the first."),
        max_length=10,
        required=False,
    )
    category = forms.ChoiceField(label=gettext_lazy("Category of the customer"), required=False)
    buyer = forms.ChoiceField(
        label=gettext_lazy("Buyer"),
        choices=[("", gettext_lazy("Anybody")), *tax_words.KINDS.items()],
        required=False,
    )
    number = forms.ChoiceField(
        label=gettext_lazy("VAT number"),
        choices=[("", gettext_lazy("Either way")), *tax_words.NUMBERS.items()],
        required=False,
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        help_text=gettext_lazy("Between rules that are as specific, the highest wins."),
        min_value=0,
        max_value=100,
        initial=0,
    )
    first_day = DayField(label=gettext_lazy("From"), required=False)
    last_day = DayField(label=gettext_lazy("Until"), required=False)
    answer = forms.ChoiceField(label=gettext_lazy("Answer"))

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.known = {tax.code: tax for tax in queries.taxes(scope)}
        answers = [(code, tax_words.named(tax)) for code, tax in self.known.items()]
        refusals = [(each, tax_words.REFUSALS[each]) for each in Refusal]
        self.choose("answer", [*answers, *refusals])
        self.choose("region", [("", tax_words.EVERY_REGION), *tax_words.regions()])
        self.choose("category", [("", _("Any or none")), *tax_words.categories(queries.categories(scope))])

    def rule(self, **told: Any) -> TaxRule:
        """The rule as typed."""
        last: dt.date | None = told["last_day"]
        return TaxRule(
            seller=told["seller"].upper(),
            tax_class=told["sold"],
            country=told["country"].upper(),
            region=told["region"],
            postcode_from=told["postcode"],
            postcode_to=told["postcode_to"],
            buyer_kind=told["buyer"],
            customer_category=told["category"],
            vat_number=told["number"],
            priority=told["priority"],
            valid_from=told["first_day"],
            valid_to=last + dt.timedelta(1) if last else None,
            tax=self.known.get(told["answer"]),
            refusal="" if told["answer"] in self.known else told["answer"],
        )


class TaxForm(Form):
    """A tax: its VAT, and another tax beside it or within its base."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=50)
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100)
    category = forms.ChoiceField(
        label=gettext_lazy("Category (EN 16931)"),
        choices=[
            ("S", gettext_lazy("S: bears VAT")),
            ("E", gettext_lazy("E: exempt")),
            ("AE", gettext_lazy("AE: reverse charge")),
            ("G", gettext_lazy("G: export")),
            ("K", gettext_lazy("K: supply within the Union")),
            ("O", gettext_lazy("O: outside the scope of VAT")),
        ],
    )
    rate = AmountField(
        label=gettext_lazy("VAT in percent"), min_value=0, max_value=99, max_digits=7, decimal_places=4
    )
    mention_fr = forms.CharField(
        label=gettext_lazy("Printed in French"),
        help_text=gettext_lazy("Why no VAT is charged: for every category but S."),
        max_length=200,
        required=False,
    )
    mention_en = forms.CharField(label=gettext_lazy("Printed in English"), max_length=200, required=False)
    label_fr = forms.CharField(
        label=gettext_lazy("Another tax, in French"),
        help_text=gettext_lazy("Such as an eco-tax. Empty: there is none."),
        max_length=100,
        required=False,
    )
    label_en = forms.CharField(label=gettext_lazy("Another tax, in English"), max_length=100, required=False)
    percent = AmountField(
        label=gettext_lazy("Its percentage"), min_value=0, max_value=99, decimal_places=4, required=False
    )
    per_unit = AmountField(
        label=gettext_lazy("Or its amount for each unit"),
        help_text=gettext_lazy("In the currency of the seller’s books."),
        min_value=0,
        decimal_places=6,
        required=False,
    )
    in_base = forms.BooleanField(label=gettext_lazy("Within the base of the VAT"), required=False)
    account = forms.CharField(label=gettext_lazy("Posted to"), max_length=10, initial="447")

    def tax(self, **told: Any) -> Tax:
        """The tax as typed: what enters the base of the VAT stands before it."""
        vat = Component(VAT, told["rate"], told["name_fr"], told["name_en"])
        components: tuple[Component, ...] = (vat,)
        if told["label_fr"] or told["label_en"]:
            labels = (told["label_fr"] or told["label_en"], told["label_en"] or told["label_fr"])
            per_unit = told["per_unit"] or None
            rate = Decimal(0) if per_unit else told["percent"] or Decimal(0)
            other = Component(OTHER, rate, *labels, told["account"], per_unit, in_base=told["in_base"])
            components = (other, vat) if other.in_base else (vat, other)
        named = (told["code"], told["name_fr"], told["name_en"], told["category"])
        return Tax(*named, components, told["mention_fr"], told["mention_en"])


class EndForm(Form):
    """The last day of a rule."""

    last_day = DayField(label=gettext_lazy("Last day"))


def taxes(request: ScopedRequest) -> HttpResponse:
    """Taxes and rules; with an address in the question, which rule wins there and among which."""
    form = TryForm(request.scope, request.GET if "country" in request.GET else None)
    shown: dict[str, Any] = {
        "form": form,
        "taxes": _taxes(request.scope),
        "rules": _rules(queries.rules(request.scope)),
    }
    if form.is_bound and form.is_valid():
        found = _tried(request.scope, **form.cleaned_data)
        shown |= {
            "tried": found,
            "answer": tax_words.answer(found.tax, found.refusal),
            "matching": _rules(found.matching[:1]),
            "lost": tax_words.lost(found.lost),
        }
    return render(request, "desk/taxes.html", shown)


def new_tax(request: ScopedRequest) -> HttpResponse:
    """One more tax, for rules to choose."""
    form = TaxForm(request.POST or None)
    if form.sent(lambda **told: operations.add_tax(request.scope, form.tax(**told))):
        messages.success(request, _("Now say by a rule where it applies."))
        return redirect("desk:new_rule")
    return render(request, "desk/new_tax.html", {"form": form, "crumbs": _crumbs(_("New tax"))})


def new_rule(request: ScopedRequest) -> HttpResponse:
    """One more rule."""
    form = RuleForm(request.scope, request.POST or None)
    if form.sent(lambda **told: operations.add_rule(request.scope, form.rule(**told))):
        messages.success(request, _("The rule counts for what is drafted from now on."))
        return redirect("desk:taxes")
    return render(request, "desk/new_rule.html", {"form": form, "crumbs": _crumbs(_("New rule"))})


def end_rule(request: ScopedRequest, rule_id: int) -> HttpResponse:
    """The end of a rule."""
    row = next((each for each in queries.rules(request.scope) if each.id == rule_id), None)
    if row is None:
        raise NotFound(noun="tax rule")
    form = EndForm(request.POST or None, initial={"last_day": today(request.scope)})
    if form.sent(lambda last_day: operations.end_rule(request.scope, rule_id, last_day=last_day)):
        messages.success(request, _("Saved."))
        return redirect("desk:taxes")
    shown = {"form": form, "rule": _rules((row,)), "crumbs": _crumbs(_("End a rule"))}
    return render(request, "desk/end_rule.html", shown)


def _tried(scope: Scope, **told: Any) -> queries.Tried:
    seller = party.legal_entity(scope, told["entity"]).identity
    country = told["country"].upper()
    has_number = is_vat_number_of(told["number"].replace(" ", "").upper(), country)
    place = (country, told["postcode"].replace(" ", ""))
    supply = Supply("", told["sold"], *place, told["buyer"], has_number, told["category"])
    on = today(scope)
    return queries.tried(scope, territory(seller.country, seller.postcode), supply, on)


def _taxes(scope: Scope) -> Table:
    columns = (
        Column("code", _("Code"), Kind.CODE),
        Column("name", _("Tax"), show=tax_words.named),
        Column("category", _("Category (EN 16931)"), Kind.CODE),
        Column("components", _("Components"), show=_components),
        Column(
            "mention",
            _("Printed"),
            show=lambda tax: tax.mention_fr if formats.in_french() else tax.mention_en,
        ),
    )
    return Table(columns, queries.taxes(scope), name="taxes", caption=_("Taxes"))


def _components(tax: Tax) -> Any:
    return lines(f"{_component(each)} → {each.account}" for each in tax.components)


def _component(each: Component) -> str:
    said = formats.percent(each.rate)
    if each.per_unit is not None:
        said = _("%(amount)s a unit") % {"amount": formats.number(each.per_unit)}
    named = f"{each.label_fr if formats.in_french() else each.label_en} {said}" if each.kind != VAT else said
    return _("%(component)s, in the base of what follows") % {"component": named} if each.in_base else named


def _rules(rows: tuple[TaxRule, ...]) -> Table:
    columns = (
        Column(
            "answer", _("Answer"), Kind.STATUS, show=lambda rule: tax_words.answer(rule.tax, rule.refusal)
        ),
        Column("seller", _("Sold from"), Kind.CODE),
        Column("country", _("To"), show=lambda rule: lines(tax_words.place(rule))),
        Column("tax_class", _("What"), show=lambda rule: tax_words.sold(rule.tax_class)),
        Column("buyer", _("Buyer"), show=lambda rule: lines(tax_words.buyer(rule))),
        Column("priority", _("Priority"), Kind.NUMBER),
        Column("validity", _("In force"), show=tax_words.validity),
        Column("end", _("End"), show=lambda rule: "" if rule.valid_to else _("End…"), link=_end),
    )
    return Table(columns, rows, name="rules", caption=_("Rules"))


def _end(rule: TaxRule) -> str:
    return "" if rule.valid_to else reverse("desk:end_rule", args=[rule.id])


def _crumbs(here: str) -> tuple[Crumb, ...]:
    return Crumb(_("Taxes"), reverse("desk:taxes")), Crumb(here)


routes = [
    Route("taxes", "taxes", taxes, "configure", menu=Menu(Section.SETTINGS, gettext_lazy("Taxes"))),
    Route("taxes/new", "new_tax", new_tax, "configure", FORM),
    Route("taxes/rules/new", "new_rule", new_rule, "configure", FORM),
    Route("taxes/rules/<txr:rule_id>/end", "end_rule", end_rule, "configure", FORM),
]
