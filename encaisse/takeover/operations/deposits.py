"""Deposits that were held elsewhere: asked for and held here at once, a slice of records at a time."""

from typing import NamedTuple

from django.db import transaction

from encaisse.deposit.models import Movement, MovementKind, Template
from encaisse.deposit.operations import movements, requests
from encaisse.deposit.operations.requests import Asked
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Good, Refused, Slice, Verdict
from encaisse.kernel.errors import DomainError
from encaisse.payment.models import Method
from encaisse.takeover.errors import DepositNotAllowed, FixedOnceTakenOver, TemplateUnknown
from encaisse.takeover.operations.accounts import Accounts, accounts
from encaisse.takeover.rules.deposits import DepositRow


class TakenDeposits(NamedTuple):
    """One verdict per record in order, and the new movements, which are to be posted."""

    verdicts: list[Verdict]
    movement_ids: list[int]


@transaction.atomic
def take_over_deposits(part: Slice[DepositRow], *, legal_entity_id: int) -> TakenDeposits:
    """Each is a deposit of its account, of the template of that name, held in full.

    One that was taken over already never changes. Limits of the template hold. The caller posts the new movements in
    the same transaction.
    """
    known = accounts(legal_entity_id, [good.row.held for good in part.rows])
    stored = _stored(legal_entity_id, [good.row.reference for good in part.rows])
    templates = dict(
        Template.objects.filter(legal_entity_id=legal_entity_id, is_archived=False).values_list("name", "pk")
    )
    taken = TakenDeposits([], [])
    for good in part.rows:
        if good.row.reference in stored:
            same = stored[good.row.reference] == good.row.held.amount_minor
            taken.verdicts.append(Outcome.UNCHANGED if same else Refused("reference", FixedOnceTakenOver()))
        else:
            taken.verdicts.append(_take(good, known, templates, part, taken.movement_ids))
    return taken


def _take(
    good: Good[DepositRow],
    known: Accounts,
    templates: dict[str, int],
    part: Slice[DepositRow],
    made: list[int],
) -> Verdict:
    held = good.row.held
    owner = known.of(held)
    if isinstance(owner, Refused):
        return owner
    if good.row.template not in templates:
        return Refused("template", TemplateUnknown(template=good.row.template))
    asked = Asked(amount_minor=held.amount_minor, requested_on=held.date)
    try:
        with transaction.atomic():
            deposit_id = requests.prepare(owner.id, templates[good.row.template], actor=part.actor, **asked)
            requests.ask(deposit_id, actor=part.actor)
            moved = movements.carry(
                deposit_id, held.amount_minor, on=held.date, reference=held.reference, actor=part.actor
            )
    except DomainError as refusal:
        return Refused("amount", DepositNotAllowed(template=good.row.template, reason=refusal.code))
    made.append(moved)
    return Outcome.CREATED


def _stored(legal_entity_id: int, references: list[str]) -> dict[str, int]:
    carried = Movement.objects.filter(
        kind=MovementKind.FUND,
        method=Method.CARRIED,
        reference__in=references,
        deposit__legal_entity=legal_entity_id,
    )
    return dict(carried.values_list("reference", "amount_minor"))
