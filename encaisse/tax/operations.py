"""Every write of taxes and of the rules that choose them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Final

from django.db import transaction

from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.errors import UnknownCategory
from encaisse.party.models import Category, LegalEntity
from encaisse.party.rules.places import territory
from encaisse.tax import france, models, morocco, queries, west_africa
from encaisse.tax.errors import (
    GoodsDueOnDelivery,
    RuleEndedAlready,
    RuleEndsBeforeItBegins,
    RuleTies,
    TaxCodeTaken,
    UnknownRegime,
)
from encaisse.tax.rules.choosing import TaxRule, placed, tied
from encaisse.tax.rules.taxes import GOODS, Tax, check_components, nature

# The taxes of countries beyond France, which a seller from there brings with it.
PACKS: Final[dict[str, ModuleType]] = {"MA": morocco, "SN": west_africa, "CI": west_africa}
# Earlier than any invoice.
EVER: Final = dt.date(2000, 1, 1)
# Whether a number is somebody's; its consultation number, the name and the address that the register told.
Told = tuple[bool, str, str, str]
_NOBODYS: Final[Mapping[str, int]] = {}


@transaction.atomic
def install_taxes() -> int:
    """The taxes and rules of a seller in mainland France, and of the countries where others sell, are there.

    Returns how many rows were missing. Repeatable. A tax that is there keeps its components, which invoices refer to;
    once a seller's country has a rule, its rules are the company's own and none is added.
    """
    sold_in = set(LegalEntity.objects.values_list("identity__country", flat=True))
    return _install(france) + sum(_install(PACKS[country]) for country in sorted(sold_in & PACKS.keys()))


@transaction.atomic
def install_taxes_of(country: str) -> int:
    """The same of one country, where we know them: of any other somebody writes them. Repeatable."""
    return _install(PACKS[country]) if country in PACKS else 0


def _install(pack: ModuleType) -> int:
    return len(_store(_missing(pack.TAXES))) + _install_rules(pack.RULES)


@transaction.atomic
def choose_regime(
    legal_entity_id: int, *, tax_class: str, due_on: str, actor: Actor, valid_from: dt.date | None = None
) -> bool:
    """The VAT of what the entity sells in this class is due on debits or on receipts, since `valid_from`.

    Without a date it is since ever when nothing was chosen before, else since today. It holds for what is issued
    from now on: an invoice keeps the regime that it was issued under. Returns whether anything changed. Locks the
    entity. Raises NotFound, UnknownRegime, GoodsDueOnDelivery.
    """
    entity = _locked_entity(legal_entity_id)
    _check(entity, tax_class, due_on)
    chosen = models.Regime.objects.filter(legal_entity_id=legal_entity_id, tax_class=tax_class)
    since = valid_from or (clock.today(entity.timezone) if chosen.exists() else EVER)
    if queries.regimes(legal_entity_id, since).get(tax_class, models.DueOn.DEBITS) == due_on:
        return False
    who = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    chosen.create(
        legal_entity_id=legal_entity_id, tax_class=tax_class, due_on=due_on, valid_from=since, **who
    )
    facts = {"tax_class": tax_class, "due_on": due_on, "valid_from": since.isoformat()}
    events.record("vat_regime.chosen", "legal_entity", legal_entity_id, actor, **facts)
    return True


@transaction.atomic
def add_tax(scope: Scope, tax: Tax) -> int:
    """There is one tax more that rules may choose; it never changes. Returns its key.

    Its components are computed in their order. Raises NotPermitted, TaxCodeTaken, and what `check_components` raises.
    """
    _require_everything(scope)
    check_components(tax)
    if models.Tax.objects.filter(code=tax.code).exists():
        raise TaxCodeTaken(tax=tax.code)
    row = _store([tax])[0]
    events.record("tax.added", "tax", row.pk, scope.actor, tax=tax.code)
    return row.pk


@transaction.atomic
def add_rule(scope: Scope, rule: TaxRule) -> int:
    """What is drafted from now on is taxed by this rule too, where it is the most specific. Returns its key.

    A region says which country it is of. Raises NotPermitted, RuleEndsBeforeItBegins, what `placed` raises,
    UnknownCategory, and RuleTies where it would leave a choice open.
    """
    _require_everything(scope)
    rule = placed(rule)
    categories = dict(Category.objects.values_list("code", "pk"))
    if rule.customer_category and rule.customer_category not in categories:
        raise UnknownCategory(category=rule.customer_category)
    if rule.valid_from and rule.valid_to and rule.valid_to <= rule.valid_from:
        raise RuleEndsBeforeItBegins
    known = queries.stored_rules()
    if other := tied(rule, known):
        raise RuleTies(answer=other.tax.name_fr if other.tax else other.refusal)
    row = _row(rule, dict(models.Tax.objects.values_list("code", "pk")), categories)
    row.save()
    facts = {"tax": rule.tax.code if rule.tax else rule.refusal, "country": rule.country}
    events.record("tax.rule_added", "tax_rule", row.pk, scope.actor, **facts)
    return row.pk


@transaction.atomic
def end_rule(scope: Scope, rule_id: int, *, last_day: dt.date) -> None:
    """The rule is in force until this day; what was drafted keeps its tax.

    Raises NotPermitted, NotFound, RuleEndedAlready, RuleEndsBeforeItBegins.
    """
    _require_everything(scope)
    row = models.Rule.objects.select_for_update().filter(pk=rule_id).first()
    if row is None:
        raise NotFound(noun="tax rule")
    if row.valid_to:
        raise RuleEndedAlready
    row.valid_to = last_day + dt.timedelta(1)
    if row.valid_from and row.valid_to <= row.valid_from:
        raise RuleEndsBeforeItBegins
    row.save(update_fields=["valid_to"])
    events.record("tax.rule_ended", "tax_rule", rule_id, scope.actor, last_day=last_day.isoformat())


@transaction.atomic
def record_check(number: str, requester: str, told: Told | None, actor: Actor, *, reason: str = "") -> int:
    """What the register said of a number stays written down, or why it said nothing. Returns its key.

    A number that changes its verdict is an event, which whoever follows its customers reads.
    """
    verdict = (
        models.Verdict.AWAY if told is None else models.Verdict.VALID if told[0] else models.Verdict.INVALID
    )
    proof = dict(zip(("consultation", "name", "address"), told[1:], strict=True)) if told else {}
    who = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    row = models.NumberCheck.objects.create(
        number=number, requester=requester, verdict=verdict, reason=reason, **proof, **who
    )
    if told:
        events.record("vat_number.checked", "vat_number", row.pk, actor, number=number, verdict=verdict)
    return row.pk


def record_choices(choices: Iterable[models.Choice]) -> None:
    """Why the drafts of a part of a run bear their taxes stays told."""
    models.Choice.objects.bulk_create(choices)


def _require_everything(scope: Scope) -> None:
    """Rules are of every legal entity, and so for who sees them all. Raises NotPermitted."""
    scope.require("configure")
    if not scope.sees_everything:
        raise NotPermitted(permission="configure")


def _check(entity: LegalEntity, tax_class: str, due_on: str) -> None:
    if due_on not in models.DueOn.values:
        raise UnknownRegime(due_on=due_on)
    seller = territory(entity.identity.country, entity.identity.postcode)
    if due_on == models.DueOn.RECEIPTS and nature(tax_class) == GOODS and seller in france.PLACES_WITH_VAT:
        raise GoodsDueOnDelivery(legal_entity_id=entity.pk, tax_class=tax_class)


def _locked_entity(legal_entity_id: int) -> LegalEntity:
    entities = LegalEntity.objects.select_related("identity").select_for_update(of=("self",), no_key=True)
    entity = entities.filter(pk=legal_entity_id).first()
    if entity is None:
        raise NotFound(noun="legal_entity")
    return entity


def _missing(taxes: Iterable[Tax]) -> list[Tax]:
    present = set(models.Tax.objects.values_list("code", flat=True))
    return [tax for tax in taxes if tax.code not in present]


def _store(taxes: Sequence[Tax]) -> list[models.Tax]:
    rows = models.Tax.objects.bulk_create(models.Tax(**_columns(tax)) for tax in taxes)
    models.Component.objects.bulk_create(
        models.Component(tax=row, position=position, **component._asdict())
        for row, tax in zip(rows, taxes, strict=True)
        for position, component in enumerate(tax.components, start=1)
    )
    return rows


def _columns(tax: Tax) -> dict[str, object]:
    return {name: value for name, value in tax._asdict().items() if name != "components"}


def _install_rules(rules: Iterable[TaxRule]) -> int:
    taken = set(models.Rule.objects.values_list("seller_country", flat=True))
    ids = dict(models.Tax.objects.values_list("code", "pk"))
    rows = [_row(rule, ids) for rule in rules if rule.seller not in taken]
    return len(models.Rule.objects.bulk_create(rows))


def _row(rule: TaxRule, ids: dict[str, int], categories: Mapping[str, int] = _NOBODYS) -> models.Rule:
    return models.Rule(
        seller_country=rule.seller,
        tax_class=rule.tax_class,
        buyer_country=rule.country,
        region=rule.region,
        postcode_from=rule.postcode_from,
        postcode_to=rule.postcode_to,
        buyer_kind=rule.buyer_kind,
        customer_category_id=categories.get(rule.customer_category),
        vat_number=rule.vat_number,
        priority=rule.priority,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        tax_id=ids[rule.tax.code] if rule.tax else None,
        refusal=rule.refusal,
    )
