"""Credits that were left elsewhere: money of an account that settles nothing yet, a slice of records at a time."""

from typing import NamedTuple

from django.db import transaction

from encaisse.intake.models import Outcome
from encaisse.intake.operations import Good, Refused, Slice, Verdict
from encaisse.intake.rules import content_hash
from encaisse.kernel.money import from_minor
from encaisse.payment.models import Method, PaymentState
from encaisse.payment.operations import FromElsewhere, record_from_elsewhere
from encaisse.takeover.errors import (
    CreditUsedElsewhere,
    FixedOnceTakenOver,
)
from encaisse.takeover.models import Credit
from encaisse.takeover.operations.accounts import Owner, accounts
from encaisse.takeover.rules.records import CreditRow


class TakenCredits(NamedTuple):
    """One verdict per record in order, and the new payments, which are to be posted."""

    verdicts: list[Verdict]
    payment_ids: list[int]


@transaction.atomic
def take_over_credits(part: Slice[CreditRow], *, legal_entity_id: int) -> TakenCredits:
    """Each credit is a payment of kind `carried` of its account, laid on nothing.

    One that was taken over already never changes: what is used of it is used here. The caller posts the new ones in
    the same transaction.
    """
    known = accounts(legal_entity_id, [good.row for good in part.rows])
    stored = _stored(legal_entity_id, [good.row.reference for good in part.rows])
    new: list[tuple[Good[CreditRow], Owner]] = []
    verdicts: list[Verdict] = []
    for good in part.rows:
        there = stored.get(good.row.reference)
        owner = known.of(good.row)
        if there is not None:
            verdicts.append(_compare(good.row, there))
        elif isinstance(owner, Refused):
            verdicts.append(owner)
        else:
            new.append((good, owner))
            verdicts.append(Outcome.CREATED)
    return TakenCredits(verdicts, _create(legal_entity_id, new, part))


def _stored(legal_entity_id: int, references: list[str]) -> dict[str, Credit]:
    found = Credit.objects.filter(reference__in=references, payment__legal_entity_id=legal_entity_id)
    standing = found.exclude(payment__state=PaymentState.WITHDRAWN).select_related("payment")
    return {credit.reference: credit for credit in standing}


def _compare(row: CreditRow, credit: Credit) -> Verdict:
    if credit.content_hash == content_hash(row):
        return Outcome.UNCHANGED
    known = from_minor(credit.payment.amount_minor, credit.payment.currency)
    said = content_hash(row._replace(amount_minor=credit.payment.amount_minor))
    if said == credit.content_hash and row.amount_minor < credit.payment.amount_minor:
        return Refused("amount", CreditUsedElsewhere(known=known))
    return Refused("reference", FixedOnceTakenOver())


def _create(
    legal_entity_id: int, new: list[tuple[Good[CreditRow], Owner]], part: Slice[CreditRow]
) -> list[int]:
    payments = [
        FromElsewhere(
            owner.id, Method.CARRIED, row.amount_minor, row.currency, row.date, row.label or row.reference
        )
        for (_, row), owner in new
    ]
    keys = record_from_elsewhere(legal_entity_id, payments, actor=part.actor)
    Credit.objects.bulk_create(
        Credit(
            payment_id=key, reference=row.reference, content_hash=content_hash(row), intake_row_id=intake_row
        )
        for key, ((intake_row, row), _) in zip(keys, new, strict=True)
    )
    return keys
