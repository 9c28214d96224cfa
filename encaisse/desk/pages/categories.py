"""Categories of customers: kinds of buyers that rules of taxes may name."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.kernel.errors import NotFound
from encaisse.party.operations import categories as operations
from encaisse.tax import queries
from encaisse.tax.queries import CategoryRow
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb


class CategoryForm(Form):
    """What a category is called."""

    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100)


class NewCategoryForm(CategoryForm):
    """A category to be."""

    field_order = ("code", *CategoryForm.base_fields)

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy(
            "Small letters, digits and hyphens, such as administration. It stays: rules name it."
        ),
        max_length=40,
    )


def categories(request: ScopedRequest) -> HttpResponse:
    """Every category, and how many customers are of it."""
    columns = (
        Column("code", _("Code"), Kind.CODE, link=_page),
        Column("name_fr", _("Name in French")),
        Column("name_en", _("Name in English")),
        Column("customers", _("Customers"), Kind.NUMBER),
    )
    none = Empty(
        _("No category yet"),
        _(
            "A category gathers customers whom a rule taxes otherwise: administrations, associations, the exempt."
        ),
        _("New category"),
        reverse("desk:new_category"),
    )
    rows = queries.categories(request.scope)
    table = Table(columns, rows, name="categories", caption=_("Customer categories"), empty=none)
    return render(request, "desk/categories.html", {"categories": table, "crumbs": _crumbs()})


def new_category(request: ScopedRequest) -> HttpResponse:
    """One more category."""
    form = NewCategoryForm(request.POST or None)
    if form.sent(lambda **told: operations.add_category(request.scope, **told)):
        messages.success(request, _("Customers can be of this category now, and rules name it."))
        return redirect("desk:categories")
    return _form(request, form, _("New category"))


def category(request: ScopedRequest, category_id: int) -> HttpResponse:
    """Call a category otherwise."""
    row = next((each for each in queries.categories(request.scope) if each.id == category_id), None)
    if row is None:
        raise NotFound(noun="category")
    form = CategoryForm(request.POST or None, initial=row._asdict())
    if form.sent(lambda **told: operations.rename_category(request.scope, category_id, **told)):
        messages.success(request, _("Saved."))
        return redirect("desk:categories")
    return _form(request, form, row.code)


def _form(request: ScopedRequest, form: Form, title: str) -> HttpResponse:
    shown: dict[str, Any] = {"form": form, "title": title, "back": reverse("desk:categories")}
    shown["crumbs"] = (*_crumbs(), Crumb(title))
    return render(request, "desk/customer_form.html", shown)


def _page(row: CategoryRow) -> str:
    return reverse("desk:category", args=[row.id])


def _crumbs() -> tuple[Crumb, ...]:
    here = Crumb(_("Customer categories"), reverse("desk:categories"))
    return Crumb(_("Taxes"), reverse("desk:taxes")), here


routes = [
    Route("taxes/categories", "categories", categories, "configure"),
    Route("taxes/categories/new", "new_category", new_category, "configure", FORM),
    Route("taxes/categories/<cat:category_id>", "category", category, "configure", FORM),
]
