"""Which deposit an offer asks for, since when: rows that are only added."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

from encaisse.catalog.models import Offer
from encaisse.deposit.errors import OutsideTemplate, TemplateArchived
from encaisse.deposit.models import OfferDeposit, Template
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount


class OfOffer(NamedTuple):
    """From `valid_from` on, contracts of the offer ask for so much of this template; nothing is no deposit any more."""

    offer_id: int
    template_id: int
    amount_minor: int
    valid_from: dt.date


class Required(NamedTuple):
    """A deposit that a new contract asks for."""

    template_id: int
    amount_minor: int


@transaction.atomic
def set_deposit(told: OfOffer, *, actor: Actor) -> None:
    """Contracts that begin on that day or later ask for this deposit; those that began keep what they asked for.

    Raises NotFound, TemplateArchived, OutsideTemplate.
    """
    if not Offer.objects.filter(pk=told.offer_id).exists():
        raise NotFound(noun="offer")
    template = Template.objects.filter(pk=told.template_id).first()
    if template is None:
        raise NotFound(noun="deposit_template")
    if template.is_archived and told.amount_minor:
        raise TemplateArchived(template=template.name)
    limits = (template.min_minor, template.max_minor)
    if told.amount_minor and not limits[0] <= told.amount_minor <= limits[1]:
        raise OutsideTemplate(told.amount_minor, *limits, template.currency)
    OfferDeposit.objects.create(
        **told._asdict(), actor_kind=actor.kind, actor_id=actor.id, actor_label=actor.label
    )
    day = told.valid_from.isoformat()
    events.record("offer.deposit_set", "offer", told.offer_id, actor, valid_from=day)


def required(account_id: int, offer_ids: Collection[int], on: dt.date) -> list[Required]:
    """The deposits that a contract of these offers asks of the account when it begins on that day, one an offer.

    Of several that hold on that day, the one since the latest day counts, and of those the one told last.
    """
    account = BillingAccount.objects.get(pk=account_id)
    told = OfferDeposit.objects.filter(
        offer__in=set(offer_ids),
        valid_from__lte=on,
        template__legal_entity=account.legal_entity_id,
        template__currency=account.currency,
    )
    latest = {
        offer_id: Required(template_id, amount_minor)
        for offer_id, template_id, amount_minor in told.order_by("valid_from", "pk").values_list(
            "offer_id", "template_id", "amount_minor"
        )
    }
    return [latest[offer_id] for offer_id in sorted(latest) if latest[offer_id].amount_minor]
