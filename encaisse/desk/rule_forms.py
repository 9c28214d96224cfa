"""The form of a validation rule: criteria as rows, gathered in groups, and the tree that they become.

A tree deeper than groups of criteria, which a program may have defined, is told in words but not written here.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.fields import DayField, read_amount, typed
from encaisse.desk.forms import Form
from encaisse.judgement.operations.rules import RuleFacts
from encaisse.judgement.queries.rules import RuleRow
from encaisse.judgement.rules.criteria import (
    COMPARISONS,
    MEASURES,
    MOST_CRITERIA,
    OPERATORS,
    Criterion,
    Group,
    Node,
)
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui.judgement_words import COMPARISONS as COMPARED
from encaisse.ui.judgement_words import CRITERIA, MODES, VERDICTS

DAY: Final = dt.timedelta(days=1)
JOINS: Final = {
    "every": gettext_lazy("All of one group are true, whichever group"),
    "any": gettext_lazy("In each group, one at least is true"),
}
GROUPS: Final = [(str(n), str(n)) for n in range(1, 6)]


class RuleForm(Form):
    """What a rule is called, what it does, when it is in force."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    verdict = forms.ChoiceField(
        label=gettext_lazy("What it catches is"),
        choices=[(key, each.label) for key, each in VERDICTS.items()],
        help_text=gettext_lazy(
            "Every rule is asked, and the worst answer wins; a run says what becomes of either."
        ),
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("It catches"), choices=list(MODES.items()), widget=forms.RadioSelect
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        help_text=gettext_lazy("Reasons are told in this order, the highest first."),
        min_value=0,
        max_value=1000,
        initial=0,
    )
    valid_from = DayField(label=gettext_lazy("From the invoices of"), required=False)
    last_day = DayField(label=gettext_lazy("Until"), required=False)
    joined = forms.ChoiceField(
        label=gettext_lazy("It is true when"), choices=list(JOINS.items()), widget=forms.RadioSelect
    )

    def facts(self, trees: Mapping[str, Any], **told: Any) -> RuleFacts:
        """The rule as the operation takes it."""
        last = told.pop("last_day")
        del told["joined"]
        return RuleFacts(**told, **trees, valid_to=last + DAY if last else None)


class NewRuleForm(RuleForm):
    """Of whose documents, too."""

    field_order = ("legal_entity_id", "kind")

    legal_entity_id = forms.TypedChoiceField(label=gettext_lazy("Legal entity"), coerce=int)
    kind = forms.ChoiceField(
        label=gettext_lazy("Documents"),
        choices=[("invoice", gettext_lazy("Invoices")), ("credit_note", gettext_lazy("Credit notes"))],
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(each.id, each.name) for each in party.whole_entities(scope)]
        self.fields["legal_entity_id"].choices = entities  # type: ignore[attr-defined]


class CriterionForm(forms.Form):
    """One criterion. A row without one counts for nothing."""

    of = forms.ChoiceField(
        label=gettext_lazy("Criterion"), choices=[("", "–"), *CRITERIA.items()], required=False
    )
    by = forms.ChoiceField(
        label=gettext_lazy("Comparison"), choices=[("", "–"), *COMPARED.items()], required=False
    )
    value = forms.CharField(
        label=gettext_lazy("Value"),
        help_text=gettext_lazy("An amount, a number, or several words with commas between: FR, BE."),
        max_length=200,
        required=False,
    )
    offers = forms.CharField(
        label=gettext_lazy("Codes of the offers"),
        help_text=gettext_lazy("For the amount of given offers."),
        max_length=200,
        required=False,
    )
    group = forms.ChoiceField(label=gettext_lazy("Group"), choices=GROUPS, initial="1", required=False)

    def clean(self) -> dict[str, Any]:
        """A comparison that fits its criterion, and a value that fits both."""
        said = super().clean() or self.cleaned_data
        of, by, value = said.get("of", ""), said.get("by", ""), said.get("value", "")
        if not of:
            return said
        if by not in OPERATORS[of]:
            fitting = ", ".join(str(COMPARED[each]) for each in OPERATORS[of])
            self.add_error("by", _("Choose among: %(fitting)s.") % {"fitting": fitting})
        if of in MEASURES and read_amount(value) is None:
            self.add_error("value", _("Type a number, such as 1 234,50."))
        elif of != "first" and not value:
            self.add_error("value", _("Say at least one."))
        if of == "offers" and not said.get("offers"):
            self.add_error("offers", _("Say at least one."))
        return said

    def leaf(self) -> dict[str, Any]:
        """The criterion as trees have it."""
        said = self.cleaned_data
        found: dict[str, Any] = {"of": said["of"], "is": said["by"]}
        if said["of"] in MEASURES:
            found["value"] = f"{read_amount(said['value']):f}"
        elif said["of"] != "first":
            found["values"] = _listed(said["value"])
        if said["of"] == "offers":
            found["offers"] = _listed(said["offers"])
        return found


_BOUNDS: Final[dict[str, Any]] = {"max_num": MOST_CRITERIA}
Criteria = forms.formset_factory(CriterionForm, extra=1, **_BOUNDS)
Written = forms.formset_factory(CriterionForm, extra=0, **_BOUNDS)


def rows(data: Mapping[str, Any] | None, prefix: str, more: str, written: list[dict[str, Any]]) -> Any:
    """The criteria of one tree as typed, or as `written` before; asked for one `more`, they are shown again,
    unjudged, before an empty one."""
    if data is not None and data.get("do") == more:
        asked = Criteria(data, prefix=prefix)
        return Criteria(
            initial=[{field.name: field.value() for field in row} for row in asked], prefix=prefix
        )
    if data is not None and "do" in data and str(data["do"]).startswith("more"):
        asked = Criteria(data, prefix=prefix)
        return Written(initial=[{field.name: field.value() for field in row} for row in asked], prefix=prefix)
    return (Written if written else Criteria)(data, prefix=prefix, initial=written or None)


def tree(criteria: Any, joined: str) -> Any:
    """The tree of valid rows: groups joined as the form says; None when no row says anything."""
    groups: dict[str, list[Any]] = {}
    for row in criteria:
        if row.cleaned_data.get("of"):
            groups.setdefault(row.cleaned_data.get("group") or "1", []).append(row.leaf())
    if not groups:
        return None
    inner, outer = (joined, "any" if joined == "every" else "every")
    members = [{inner: leaves} for _name, leaves in sorted(groups.items())]
    return members[0] if len(members) == 1 else {outer: members}


def written(row: RuleRow) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]] | None:
    """A rule as its form shows it: its fields, its criteria, its condition. None when a form cannot show its trees."""
    found, when = _opened(row.tree), _opened(row.condition) if row.condition else ("", [])
    if found is None or when is None or {found[0], when[0]} >= {"every", "any"}:
        return None
    names = ("name", "verdict", "mode", "priority", "valid_from")
    fields = {name: getattr(row, name) for name in names}
    fields |= {
        "last_day": row.valid_to - DAY if row.valid_to else None,
        "joined": found[0] or when[0] or "every",
    }
    return fields, found[1], when[1]


def _opened(node: Node | None) -> tuple[str, list[dict[str, Any]]] | None:
    """How the criteria of a group are joined ("" for a single one), and the rows; None for a deeper tree."""
    if node is None:
        return None
    if isinstance(node, Criterion):
        return "", [_shown(node, "1")]
    if not isinstance(node, Group):
        return None
    if all(isinstance(each, Criterion) for each in node.members):
        return _join(node), [_shown(each, "1") for each in node.members if isinstance(each, Criterion)]
    if len(node.members) > len(GROUPS):
        return None
    shown: list[dict[str, Any]] = []
    for number, member in enumerate(node.members, 1):
        inner = _opened(member)
        if inner is None or len({row["group"] for row in inner[1]}) > 1 or inner[0] == _join(node):
            return None
        shown += [row | {"group": str(number)} for row in inner[1]]
    return ("any" if node.every else "every"), shown


def _join(group: Group) -> str:
    return "every" if group.every else "any"


def _shown(asked: Criterion, group: str) -> dict[str, Any]:
    is_number = asked.of in MEASURES and asked.by in COMPARISONS
    value = typed(Decimal(asked.number)) if is_number else ", ".join(asked.texts)
    return {"of": asked.of, "by": asked.by, "value": value, "offers": ", ".join(asked.offers), "group": group}


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
