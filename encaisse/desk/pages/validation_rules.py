"""Validation rules: what is asked of drafts before they are issued, tried on what is issued already."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import rule_forms, states
from encaisse.desk.lists import files
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.desk.rule_forms import NewRuleForm, RuleForm
from encaisse.judgement.operations import rules as operations
from encaisse.judgement.queries import rules as queries
from encaisse.judgement.queries.rules import RuleRow, Tried, Would
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.ui import formats, judgement_words, words
from encaisse.ui.lists import Column, Empty, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Money


def validation_rules(request: ScopedRequest) -> HttpResponse:
    """Every rule in force, by legal entity."""
    page = {"table": _table(request.scope, request.GET), "may_change": request.scope.may("configure")}
    return render(request, "desk/validation_rules.html", page)


def _table(scope: Scope, address: Any, size: int = 0) -> Table:
    columns = (
        Column("name", _("Rule"), link=_page),
        Column("says", _("What it catches"), show=_says),
        Column("verdict", _("Verdict"), Kind.STATUS, show=judgement_words.then),
        Column("kind", _("Documents"), show=lambda row: states.INVOICE_KINDS[row.kind]),
        Column("entity", _("Legal entity")),
        Column("priority", _("Priority"), Kind.NUMBER),
        Column("validity", _("In force"), show=_validity),
    )
    text = _("A rule catches drafts that somebody should look at, such as those of 100.00 or more.")
    action = (_("New rule"), reverse("desk:new_validation_rule")) if scope.may("configure") else ("", "")
    listing = Listing(columns)
    asked = listing.asked(address, size)
    shown: dict[str, Any] = {
        "name": "rules",
        "caption": _("Validation rules"),
        "empty": Empty(_("No rule yet: every draft is approved"), text, *action),
    }
    rows = queries.rules(scope)
    return listing.table(asked, rows, export_url=files("validation_rules", asked), **shown)


def new_validation_rule(request: ScopedRequest) -> HttpResponse:
    """Say what a rule asks, try it on past invoices, then keep it."""
    initial = {"mode": "require", "joined": "every", "verdict": "suspect", "priority": 0}
    form = NewRuleForm(request.scope, request.POST or None, initial=initial)
    page = _page_of(request, form, [], [])
    said = page.pop("said")
    if (
        said
        and page["does"] == "keep"
        and form.sent(
            lambda legal_entity_id, kind, **told: operations.define(
                request.scope, legal_entity_id, kind, form.facts(said, **told)
            )
        )
    ):
        messages.success(request, _("Drafts are judged by this rule from now on."))
        return redirect("desk:validation_rules")
    return _shown(request, form, page, said, _("New rule"))


def change_validation_rule(request: ScopedRequest, rule_id: int) -> HttpResponse:
    """Say otherwise what a rule asks: another takes its place."""
    row = queries.rule(request.scope, rule_id)
    written = rule_forms.written(row)
    if written is None or not row.is_active:
        return render(
            request, "desk/validation_rule.html", {"rule": row, **_told(row), "crumbs": _crumbs(row.name)}
        )
    initial, criteria, condition = written
    form = RuleForm(request.POST or None, initial=initial)
    page = _page_of(request, form, criteria, condition)
    said = page.pop("said")
    if (
        said
        and page["does"] == "keep"
        and form.sent(lambda **told: operations.change(request.scope, rule_id, form.facts(said, **told)))
    ):
        messages.success(request, _("Drafts are judged by this rule from now on."))
        return redirect("desk:validation_rules")
    page["rule"] = row
    return _shown(request, form, page, said, row.name, entity_id=row.entity_id, kind=row.kind)


def end_validation_rule(request: ScopedRequest, rule_id: int) -> HttpResponse:
    """Judge nothing by a rule any more."""
    operations.end(request.scope, rule_id)
    messages.success(request, _("Nothing is judged by this rule any more."))
    return redirect("desk:validation_rules")


def _page_of(request: ScopedRequest, form: RuleForm, criteria: Any, condition: Any) -> dict[str, Any]:
    """The rows of both trees, what the person asked for, and the trees once everything is filled in well."""
    data = request.POST or None
    found = rule_forms.rows(data, "rule", "more", criteria)
    when = rule_forms.rows(data, "when", "more-when", condition)
    does, said = request.POST.get("do", ""), None
    if does in {"keep", "try"} and found.is_valid() and when.is_valid() and form.is_valid():
        joined = form.cleaned_data["joined"]
        said = {"criteria": rule_forms.tree(found, joined), "only_when": rule_forms.tree(when, joined)}
        if said["criteria"] is None:
            form.add_error(None, _("Say at least one criterion."))
            said = None
    return {"criteria": found, "when": when, "does": does, "said": said}


def _shown(
    request: ScopedRequest, form: RuleForm, page: dict[str, Any], said: Any, title: str, **of: Any
) -> HttpResponse:
    if said and page["does"] == "try":
        page |= _tried(request.scope, form, said, of)
    shown = {**page, "form": form, "title": title, "crumbs": _crumbs(title)}
    return render(request, "desk/validation_rule_form.html", shown)


def _tried(scope: Scope, form: RuleForm, said: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
    told = form.cleaned_data
    entity_id = of.get("entity_id") or told["legal_entity_id"]
    rule = {**said, "mode": told["mode"], "verdict": told["verdict"]}
    try:
        found = queries.tried(scope, entity_id, of.get("kind") or told["kind"], rule)
    except DomainError as error:
        form.add_error(None, words.refusal(error))
        return {}
    return {"tried": _sentence(found), "newest": _newest(found)}


def _sentence(found: Tried) -> str:
    said = {"caught": formats.number(found.caught), "documents": formats.number(found.documents)}
    return _("It would have caught %(caught)s of the last %(documents)s documents.") % said


def _newest(found: Tried) -> Table:
    columns = (
        Column("number", _("Number"), Kind.CODE, link=lambda row: reverse("desk:invoice", args=[row.id])),
        Column("customer", _("Customer")),
        Column("issue_date", _("Issued on"), Kind.DATE),
        Column("gross_minor", _("Total"), Kind.MONEY, show=lambda row: Money(row.gross_minor, row.currency)),
        Column("seen", _("Seen"), show=_seen),
    )
    return Table(columns, found.newest, name="caught", caption=_("What it would have caught"))


def _seen(row: Would) -> str:
    return judgement_words.seen(row.seen, row.accounting_currency)


def _says(row: RuleRow) -> str:
    return judgement_words.caught(row.mode, row.tree, row.condition, row.currency)


def _validity(row: RuleRow) -> str:
    first = formats.date(row.valid_from) if row.valid_from else ""
    last = formats.date(row.valid_to - rule_forms.DAY) if row.valid_to else ""
    if first and last:
        return f"{first} – {last}"
    if first or last:
        return (_("from %(day)s") if first else _("until %(day)s")) % {"day": first or last}
    return _("Always")


def _page(row: RuleRow) -> str:
    return reverse("desk:change_validation_rule", args=[row.id])


def _told(row: RuleRow) -> dict[str, Any]:
    return {"says": _says(row), "title": row.name, "verdict": judgement_words.then(row)}


def _crumbs(here: str) -> tuple[Crumb, ...]:
    return Crumb(_("Validation rules"), reverse("desk:validation_rules")), Crumb(here)


routes = [
    Route(
        "validation-rules",
        "validation_rules",
        validation_rules,
        menu=Menu(Section.BILL, gettext_lazy("Validation rules")),
        table=_table,
    ),
    Route("validation-rules/new", "new_validation_rule", new_validation_rule, "configure", FORM),
    Route(
        "validation-rules/<vru:rule_id>", "change_validation_rule", change_validation_rule, "configure", FORM
    ),
    Route(
        "validation-rules/<vru:rule_id>/end", "end_validation_rule", end_validation_rule, "configure", BUTTON
    ),
]
