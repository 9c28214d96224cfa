"""What happens to a contract, from its start to its end, with the credits that follow; and the same, looked at before.

An event ends segments and begins others; in the same transaction, what was billed in advance of the segments that it
ended is given back, by charges of the opposite sign. What the new segments cost is charged by the next run, however
far back they begin. Nothing that was billed is ever changed.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Final, NamedTuple

from django.db import transaction

from encaisse.billing.models import Claim, Fate
from encaisse.charge import queries as charges
from encaisse.charge.errors import PriceMissing
from encaisse.charge.operations.credit import Beyond, charged_beyond, give_back
from encaisse.charge.operations.recurring import forecast, rate_recurring
from encaisse.charge.queries import ChargeLine
from encaisse.deposit.operations.offers import required
from encaisse.flows import ask_advance
from encaisse.flows.deposits_of_offers import ask_required
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.models import BillingAccount
from encaisse.party.operations.references import buyer_reference
from encaisse.party.rules.references import References
from encaisse.subscription.models import ConditionKind, Item, Subscription
from encaisse.subscription.operations import change, term
from encaisse.subscription.operations.start import NewContract, start, with_inclusions
from encaisse.subscription.rules.changes import Change, Terminate, Transfer

_NONE: Final = References()


class Renew(NamedTuple):
    """The contract lasts another term, of `months` when they are told."""

    months: int | None = None


class Changed(NamedTuple):
    """The event that a change made, and how many credits."""

    event_id: int
    credits: int


class Preview(NamedTuple):
    """What a change would charge until the horizon, exclusive: credits at once, then the charges to come.

    `refused` says why something of the account could not be rated.
    """

    credits: tuple[ChargeLine, ...]
    charges: tuple[ChargeLine, ...]
    refused: tuple[PriceMissing, ...]


@transaction.atomic
def start_contract(scope: Scope, new: NewContract, references: References = _NONE) -> int:
    """The contract exists, of an account that the asker sees, and its invoices bear these references.

    Where its offers ask for an advance it is invoiced today, where they ask for deposits these are asked for, and the
    contract waits for both. Returns its key. Raises NotPermitted, NotFound, and as `start`, `buyer_reference`,
    `ask_advance.ask` and asking for a deposit do.
    """
    known = _known(scope, new, references)
    advance = ask_advance.wanted(new.account_id, with_inclusions(new.terms), new.start_date)
    secured = required(new.account_id, [each.offer_id for each in new.terms], new.start_date)
    waits_for = new.waits_for | ({ConditionKind.ADVANCE} if advance else set())
    waits_for |= {ConditionKind.DEPOSIT} if secured else set()
    key = start(known._replace(waits_for=waits_for), actor=scope.actor)
    if advance:
        on = _today(new.account_id)
        ask_advance.ask(advance, subscription_id=key, on=on, actor=scope.actor)
    ask_required(secured, account_id=new.account_id, subscription_id=key, actor=scope.actor)
    return key


@transaction.atomic
def refer_contract(scope: Scope, subscription_id: int, references: References) -> None:
    """What is charged of the contract from now on bears these references, or its account's own without any.

    Raises NotPermitted, NotFound, and as `buyer_reference` does.
    """
    _require_contract(scope, subscription_id)
    account_id = Subscription.objects.values_list("account_id", flat=True).get(pk=subscription_id)
    term.refer(subscription_id, buyer_reference(account_id, references), actor=scope.actor)


@transaction.atomic
def change_contract(scope: Scope, subscription_id: int, told: Change | Renew) -> Changed:
    """The contract is changed, and what is no longer held of billed periods is credited.

    Raises NotPermitted, NotFound, BilledElsewhere, and as `change` and `renew` do.
    """
    today = _require_contract(scope, subscription_id)
    if isinstance(told, Renew):
        return Changed(term.renew(subscription_id, months=told.months, actor=scope.actor), 0)
    if isinstance(told, Transfer):
        _require_account(scope, told.account_id)
    event_id = change.change(subscription_id, told, today=today, actor=scope.actor)
    if isinstance(told, Terminate) and not told.refund:
        return Changed(event_id, 0)
    return Changed(event_id, give_back(_owed(charged_beyond(event_id))))


@transaction.atomic
def preview_change(scope: Scope, subscription_id: int, told: Change | Renew, *, horizon: dt.date) -> Preview:
    """What the change would charge; nothing of it stays. Raises as `change_contract` does."""
    return _looked_at(lambda: _changed(scope, subscription_id, told), horizon)


@transaction.atomic
def preview_start(
    scope: Scope, new: NewContract, references: References = _NONE, *, horizon: dt.date
) -> Preview:
    """What the contract would charge; nothing of it stays. Raises as `start_contract` does."""
    return _looked_at(lambda: start(_known(scope, new, references), actor=scope.actor), horizon)


def preview_charges(scope: Scope, subscription_id: int, *, horizon: dt.date) -> tuple[ChargeLine, ...]:
    """What is still to be billed of the contract as it stands: charges that wait, and those to come.

    By the day from which they may be billed. Nothing is written. Raises NotFound.
    """
    if not Subscription.objects.visible_to(scope).filter(pk=subscription_id).exists():
        raise NotFound(noun="contract")
    items = dict(Item.objects.filter(subscription_id=subscription_id).values_list("pk", "account_id"))
    made = charges.made_of(items)
    claimed = set(
        Claim.objects.filter(charge__in=[each.id for each in made]).values_list("charge_id", flat=True)
    )
    lines = [each for each in made if each.id not in claimed and each.kind != "reversal"]
    for account in BillingAccount.objects.filter(pk__in=items.values()):
        place = {"legal_entity_id": account.legal_entity_id, "account_id": account.pk}
        coming = forecast(cutoff_date=horizon, **place)
        lines += [ChargeLine.to_come(each, account.reference) for each in coming if each.item_id in items]
    return tuple(sorted(lines, key=attrgetter("billable_on")))


def renew_due(on: dt.date, *, actor: Actor) -> int:
    """Every contract that renews by itself and is due has its next term. Returns how many. Repeatable.

    Each in a transaction of its own. Call it outside transactions.
    """
    due = term.due_for_renewal(on)
    return sum(term.renew_once_due(subscription_id, on, actor=actor) for subscription_id in due)


def _changed(scope: Scope, subscription_id: int, told: Change | Renew) -> int:
    change_contract(scope, subscription_id, told)
    return subscription_id


def _looked_at(act: Callable[[], int], horizon: dt.date) -> Preview:
    """What `act` and rating until the horizon charge the contract that it returns, undone."""
    before = charges.newest()
    with transaction.atomic():
        subscription_id = act()
        items = Item.objects.filter(subscription_id=subscription_id)
        refused = _rate(set(items.values_list("account_id", flat=True)), horizon)
        made = charges.made_of(items.values_list("pk", flat=True), after=before)
        transaction.set_rollback(True)  # noqa: FBT003 - Django's own signature
    given = tuple(each for each in made if each.kind == "credit")
    return Preview(given, tuple(each for each in made if each.kind != "credit"), refused)


def _rate(account_ids: Iterable[int], horizon: dt.date) -> tuple[PriceMissing, ...]:
    refused: list[PriceMissing] = []
    for account in BillingAccount.objects.filter(pk__in=account_ids).order_by("pk"):
        rated = rate_recurring(
            legal_entity_id=account.legal_entity_id,
            first_account=account.pk,
            last_account=account.pk,
            cutoff_date=horizon,
        )
        refused += rated.refused.values()
    return tuple(refused)


def _owed(beyond: list[Beyond]) -> list[Beyond]:
    """Those that were not dropped: nobody paid, or will pay, for the others."""
    gone = Claim.objects.filter(
        charge__in=[one.charge_id for one in beyond], fate__in=(Fate.DROPPED, Fate.VOIDED)
    )
    dropped = set(gone.values_list("charge_id", flat=True))
    return [one for one in beyond if one.charge_id not in dropped]


def _require_account(scope: Scope, account_id: int) -> None:
    scope.require("manage_contracts")
    if not BillingAccount.objects.visible_to(scope).filter(pk=account_id).exists():
        raise NotFound(noun="billing account")


def _known(scope: Scope, new: NewContract, references: References) -> NewContract:
    """The contract with its references, of an account that the asker may sell to."""
    _require_account(scope, new.account_id)
    return new._replace(buyer_reference_id=buyer_reference(new.account_id, references))


def _today(account_id: int) -> dt.date:
    return clock.today(
        BillingAccount.objects.values_list("legal_entity__timezone", flat=True).get(pk=account_id)
    )


def _require_contract(scope: Scope, subscription_id: int) -> dt.date:
    """The asker may change the contract. Returns the business date of its legal entity."""
    scope.require("manage_contracts")
    seen = Subscription.objects.visible_to(scope).filter(pk=subscription_id)
    zone = seen.values_list("account__legal_entity__timezone", flat=True).first()
    if zone is None:
        raise NotFound(noun="contract")
    return clock.today(zone)
