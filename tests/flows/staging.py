"""How a plan becomes rows of the product, and its runs are made; what came out, to be compared."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from encaisse.access.models import Permission
from encaisse.billing.models import CycleMember, Outcome
from encaisse.billing.rules import Selection
from encaisse.charge.operations.manual import ManualLine, record_manual
from encaisse.flows.change_contract import change_contract, start_contract
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Item
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.rules.changes import Hold, Terminate, Terms
from encaisse.tax.models import Rule
from encaisse.usage import operations as usage
from encaisse.usage.rules.records import UsageEvent
from tests.flows.calculator import Bill
from tests.flows.stories import ACTOR, rule, seller
from tests.flows.worlds import Offer, Plan, Price, Term
from tests.makers import make_account, make_cycle, make_offer, make_price, make_product, make_tax

SCOPE = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset(Permission.values))
PARIS = ZoneInfo("Europe/Paris")


class Stage(NamedTuple):
    """A plan as rows: keys by their number in the plan. Its accounts are those of one cycle."""

    plan: Plan
    accounts: list[BillingAccount]
    contracts: list[int]
    references: list[str]
    offers: list[int]
    meters: list[str]
    products: dict[str, int]
    cycle_id: int

    @property
    def selection(self) -> Selection:
        """The accounts of this stage and no others."""
        return Selection(cycle_id=self.cycle_id)


def built(plan: Plan, name: str) -> Stage:
    """The catalogue, the accounts, the contracts as they begin, and all usage."""
    sellers = [seller() for _ in range(plan.sellers)]
    if not Rule.objects.filter(tax_class="book").exists():
        rule(make_tax("5.5"), "book")
    cycle = make_cycle()
    accounts = [make_account(legal_entity=sellers[n % plan.sellers]) for n in range(plan.accounts)]
    CycleMember.objects.bulk_create(CycleMember(account=account, cycle=cycle) for account in accounts)
    meters = [f"{name}-{number}" for number in range(len(plan.offers))]
    offers = [_offer(offer, meter, accounts) for offer, meter in zip(plan.offers, meters, strict=True)]
    stage = Stage(plan, accounts, [], [], offers, meters, {}, cycle.pk)
    for tax in plan.rates:
        stage.products[tax] = make_product(tax_class=tax).pk
    for contract in plan.contracts:
        stage.references.append(f"{name}-{contract.key}")
        terms = [_terms(offers[term.offer], term, term.quantity) for term in contract.terms]
        new = NewContract(
            stage.references[-1], accounts[contract.account].pk, contract.start, terms, contract.end
        )
        stage.contracts.append(start_contract(SCOPE, new))
    verdicts = usage.record([_event(stage, number) for number in range(len(plan.usage))], actor=ACTOR)
    assert {str(verdict) for verdict in verdicts} <= {"created"}, verdicts
    return stage


def happen(stage: Stage, run: int) -> None:
    """What the plan tells before a run has been told."""
    for each in stage.plan.happenings:
        if each.before_run != run:
            continue
        contract = stage.plan.contracts[each.contract]
        key = stage.contracts[each.contract]
        if each.quantity is None:
            change_contract(SCOPE, key, Terminate(each.on))
            continue
        term = contract.terms[each.position or 0]
        held = Item.objects.filter(subscription_id=key, offer_id=stage.offers[term.offer])
        terms = _terms(stage.offers[term.offer], term, each.quantity)
        change_contract(SCOPE, key, Hold(each.on, held.earliest("pk").position, terms))
    for number, hand in enumerate(stage.plan.by_hand):
        if hand.before_run == run:
            line = ManualLine(stage.products[hand.tax], f"À la main {number}", Decimal(1), hand.unit)
            account_id, on = stage.accounts[hand.account].pk, dt.date(2026, 1, 1)
            record_manual(account_id=account_id, currency="EUR", lines=[line] * hand.times, billable_on=on)


def bills(stage: Stage, run_id: int) -> dict[int, Bill]:
    """What the run made of each account: its one document, or that it was set aside."""
    numbers = {account.pk: number for number, account in enumerate(stage.accounts)}
    found: dict[int, Bill] = {}
    for invoice in Invoice.objects.filter(run_id=run_id, state="issued"):
        assert numbers[invoice.account_id] not in found
        found[numbers[invoice.account_id]] = Bill(invoice.kind, invoice.net_minor, invoice.tax_minor)
    for outcome in Outcome.objects.filter(run_id=run_id, outcome="exception"):
        found[numbers[outcome.account_id]] = Bill("")
    return found


def _terms(offer_id: int, term: Term, quantity: Decimal) -> Terms:
    reason = "Fidélité" if term.percent else ""
    return Terms(offer_id, quantity, term.agreed, term.percent, discount_reason=reason)


def _event(stage: Stage, number: int) -> UsageEvent:
    told = stage.plan.usage[number]
    offer = stage.plan.contracts[told.contract].terms[told.position].offer
    noon = dt.datetime.combine(told.on, dt.time(12), PARIS)
    reference, meter = stage.references[told.contract], stage.meters[offer]
    return UsageEvent(meter, f"{number}", reference, meter, noon, told.quantity, told.member)


def _offer(offer: Offer, meter: str, accounts: list[BillingAccount]) -> int:
    shape: dict[str, Any] = {} if offer.kind == "one_shot" else {
        "period_unit": offer.unit, "period_count": offer.every, "timing": offer.timing,
        "alignment": offer.alignment, "proration": "day" if offer.prorated else "none",
    }  # fmt: skip
    if offer.kind == "usage":
        shape |= {"meter": meter, "aggregation": offer.aggregation}
    made = make_offer(kind=offer.kind, product=make_product(tax_class=offer.tax), **shape)
    for price in offer.prices:
        customer = None if price.customer is None else accounts[price.customer].customer
        make_price(offer=made, valid_from=price.since, customer=customer, **_priced(price))
    return made.pk


def _priced(price: Price) -> dict[str, Any]:
    shape: dict[str, Any] = {"model": price.model, "unit_price": _exact(price.unit)}
    if price.tiers:
        tiers = [(None if top is None else _exact(top), _exact(unit)) for top, unit in price.tiers]
        return {"model": price.model, "tiers": tiers}
    if price.model == "package":
        shape |= {"package_size": _exact(price.size)}
    if price.model == "percentage":
        shape = {
            "model": price.model, "unit_price": None,
            "percent": _exact(price.unit), "fixed_amount": _exact(price.fixed),
            "minimum_per_transaction": _exact(price.least), "maximum_per_transaction": _exact(price.most),
        }  # fmt: skip
    return shape


def _exact(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
