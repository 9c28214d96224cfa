"""Runs, their drafts, the rules that judge these, and the quarantine in words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.judgement.queries.rules import RuleRow
from encaisse.judgement.rules.criteria import AMOUNTS, DAYS, Criterion, Group, Node, Unreadable
from encaisse.kernel.money import to_minor
from encaisse.ui import formats
from encaisse.ui.shapes import Status, Tone, Words

REFUSALS: Final[dict[str, Words]] = {
    "draft_not_cancellable": gettext_lazy("An issued document is never cancelled: credit it instead."),
    "invoice_not_approved": gettext_lazy("Only approved drafts are issued."),
    "nothing_to_retry": gettext_lazy("Nobody is set aside for this reason any more."),
    "excluded": gettext_lazy("%(by)s took its draft out of the run."),
    "run_not_in_state": gettext_lazy("The run is no longer where this step begins. Look at the page again."),
    "cycle_code_taken": gettext_lazy("Another cycle has the code %(cycle)s."),
    "cycle_not_running": gettext_lazy("The cycle %(cycle)s has ended, or its day has not come."),
    "not_seen_whole": gettext_lazy("Only somebody who sees every account that a run may bill can begin it."),
    "nothing_to_bill": gettext_lazy("No billing account falls within this run."),
    "rule_malformed": gettext_lazy(
        "The criteria cannot be judged as they are: each value fits its criterion, and an amount has no more"
        " decimals than the currency of the books."
    ),
    "rule_not_computable": gettext_lazy(
        "The rule “%(rule)s” asks something that nobody can answer: %(found)s. Define it anew or end it, then try"
        " these accounts again."
    ),
    "rule_name_taken": gettext_lazy("Another rule in force is called “%(name)s”."),
    "rule_period_empty": gettext_lazy("The rule ends before it begins."),
    "rule_ended": gettext_lazy("This rule is over already."),
    "not_in_quarantine": gettext_lazy("This document does not wait in quarantine any more."),
    "drafts_held": gettext_lazy(
        "%(drafts)s drafts that rules caught are held: approve them or take them out of the run first."
    ),
    "draft_not_in_state": gettext_lazy(
        "This draft is no longer where this decision begins. Look at it again."
    ),
    "caught_by_rule": gettext_lazy("A rule caught its draft, which was cancelled."),
    "tag_malformed": gettext_lazy("A tag is a word or a few, of %(longest)s characters at most."),
    "not_tagged": gettext_lazy("The document does not bear the tag “%(name)s”."),
    "refused_in_quarantine": gettext_lazy("Refused in quarantine by %(by)s."),
}
CRITERIA: Final[dict[str, Words]] = {
    "gross": gettext_lazy("Total with tax"),
    "net": gettext_lazy("Total without tax"),
    "offers": gettext_lazy("Amount of given offers, without tax"),
    "change": gettext_lazy("Change against the previous invoice, in %"),
    "first": gettext_lazy("First invoice of the account"),
    "customer_age": gettext_lazy("Age of the customer, in days"),
    "subscription_age": gettext_lazy("Age of the youngest contract, in days"),
    "credit_category": gettext_lazy("Credit category"),
    "currency": gettext_lazy("Currency"),
    "country": gettext_lazy("Country of the buyer"),
    "payment_method": gettext_lazy("Payment method"),
    "missing": gettext_lazy("Missing data"),
}
COMPARISONS: Final[dict[str, Words]] = {
    "lt": gettext_lazy("is below"),
    "le": gettext_lazy("is at most"),
    "eq": gettext_lazy("is exactly"),
    "ne": gettext_lazy("is other than"),
    "ge": gettext_lazy("is at least"),
    "gt": gettext_lazy("is above"),
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "any": gettext_lazy("one of these is missing"),
    "none": gettext_lazy("none of these is missing"),
}
DATA: Final[dict[str, Words]] = {
    "email": gettext_lazy("E-mail"),
    "vat_number": gettext_lazy("VAT number"),
    "siren": gettext_lazy("SIREN"),
    "postcode": gettext_lazy("Postcode"),
    "order_reference": gettext_lazy("Purchase order"),
    "contract_reference": gettext_lazy("Buyer's contract"),
    "buyer_reference": gettext_lazy("Buyer reference or service code"),
    "iban": gettext_lazy("IBAN"),
    "registered_vat_number": gettext_lazy("VAT number that the register knows"),
}
METHODS: Final[dict[str, Words]] = {
    "transfer": gettext_lazy("Transfer"),
    "cheque": gettext_lazy("Cheque"),
    "direct_debit": gettext_lazy("Direct debit"),
    "card": gettext_lazy("Card"),
}
MODES: Final[dict[str, Words]] = {
    "require": gettext_lazy("Catch a document unless this is true"),
    "forbid": gettext_lazy("Catch a document when this is true"),
}
VERDICTS: Final[dict[str, Status]] = {
    "suspect": Status(gettext_lazy("Suspect"), Tone.WARN),
    "reject": Status(gettext_lazy("Rejected"), Tone.BAD),
}
BROKEN: Final = Status(gettext_lazy("Cannot be judged"), Tone.BAD)
ACTIONS: Final[dict[str, Words]] = {
    "quarantine": gettext_lazy("Put them in quarantine: the run finishes without them"),
    "hold": gettext_lazy("Hold the run until somebody has decided"),
    "approve": gettext_lazy("Issue them all the same"),
    "reopen": gettext_lazy("Cancel them, and bill their charges later"),
    "drop": gettext_lazy("Cancel them, and never bill their charges"),
}


def said(node: Node | None, currency: str) -> str:
    """A tree in a sentence; empty when there is none."""
    if node is None:
        return ""
    if isinstance(node, Criterion):
        return _criterion(node, currency)
    if isinstance(node, Unreadable):
        return _("what nobody can answer: %(found)s") % {"found": node.text}
    joined = _(" and ") if node.every else _(" or ")
    return joined.join(_member(each, currency) for each in node.members)


def caught(mode: str, node: Node | None, condition: Node | None, currency: str) -> str:
    """What a rule catches, in a sentence."""
    text = said(node, currency)
    sentence = _("Catches unless: %(tree)s") if mode == "require" else _("Catches when: %(tree)s")
    if condition is None:
        return sentence % {"tree": text}
    return _("%(rule)s – tested only when: %(condition)s") % {
        "rule": sentence % {"tree": text},
        "condition": said(condition, currency),
    }


def then(rule: RuleRow) -> Status:
    """What becomes of what a rule catches; of a broken one, that it cannot be judged."""
    return BROKEN if rule.broken else VERDICTS[rule.verdict]


def seen(values: Mapping[str, Any], currency: str) -> str:
    """The values that a rule saw, in the order of the criteria."""
    names = [name for name in (*CRITERIA, "previous") if name in values]
    return " · ".join(f"{_label(name)} {_value(name, values[name], currency)}" for name in names)


def _member(node: Node, currency: str) -> str:
    text = said(node, currency)
    return f"({text})" if isinstance(node, Group) and len(node.members) > 1 else text


def _criterion(asked: Criterion, currency: str) -> str:
    if asked.of == "first":
        said = {"criterion": CRITERIA[asked.of], "answer": COMPARISONS[asked.by]}
        return _("%(criterion)s: %(answer)s") % said
    if asked.texts:
        listed = ", ".join(str(_word(asked.of, each)) for each in asked.texts)
        return f"{CRITERIA[asked.of]} {COMPARISONS[asked.by]} {listed}"
    value = _number(asked.of, asked.number, currency)
    offers = f" ({', '.join(asked.offers)})" if asked.offers else ""
    return f"{CRITERIA[asked.of]}{offers} {COMPARISONS[asked.by]} {value}"


def _number(of: str, number: Decimal, currency: str) -> str:
    if of in AMOUNTS:
        return formats.money(to_minor(number, currency), currency)
    if of in DAYS:
        return ngettext("%(n)s day", "%(n)s days", int(number)) % {"n": formats.number(number)}
    return formats.percent(number)


def _label(name: str) -> Words:
    return _("previous invoice") if name == "previous" else CRITERIA[name]


def _value(name: str, value: Any, currency: str) -> str:
    if value is None or value in ("", []):
        return _("unknown") if name != "missing" else _("nothing")
    if name in AMOUNTS or name == "previous":
        return formats.money(int(value), currency)
    if name in DAYS:
        return _number(name, Decimal(value), currency)
    if name == "change":
        return formats.percent(Decimal(str(value)))
    if name == "first":
        return str(COMPARISONS["yes" if value else "no"])
    return ", ".join(str(_word(name, each)) for each in (value if isinstance(value, list) else [value]))


def _word(of: str, text: str) -> Words:
    if of == "missing":
        return DATA.get(text, text)
    return METHODS.get(text, text) if of == "payment_method" else text
