"""What a legal entity may ask as a deposit, made, changed and archived."""

from django.db import transaction

from encaisse.deposit.errors import TemplateArchived
from encaisse.deposit.models import Template
from encaisse.deposit.rules import Limits, checked
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.money import decimals
from encaisse.kernel.scope import Scope

MANAGES = "manage_deposits"


@transaction.atomic
def define(scope: Scope, legal_entity_id: int, limits: Limits) -> int:
    """Deposits may be asked for within these limits. Returns the template's key.

    Raises NotPermitted, NotFound, UnknownCurrency, LimitsContradict, ValidityTwice.
    """
    scope.require(MANAGES)
    if not scope.sees_every_customer or not scope.covers(legal_entity_id):
        raise NotFound(noun="legal_entity")
    decimals(limits.currency)
    template = Template.objects.create(legal_entity_id=legal_entity_id, **checked(limits)._asdict())
    events.record("deposit_template.defined", "deposit_template", template.pk, scope.actor)
    return template.pk


@transaction.atomic
def change(scope: Scope, template_id: int, limits: Limits) -> None:
    """Deposits asked for from now on are within these limits; those that were keep theirs, and the currency stays.

    Raises NotPermitted, NotFound, TemplateArchived, LimitsContradict, ValidityTwice.
    """
    template = _locked(scope, template_id)
    if template.is_archived:
        raise TemplateArchived(template=template.name)
    said = checked(limits)._replace(currency=template.currency)
    Template.objects.filter(pk=template_id).update(**said._asdict())
    events.record("deposit_template.changed", "deposit_template", template_id, scope.actor)


@transaction.atomic
def archive(scope: Scope, template_id: int) -> None:
    """No deposit is made from the template any more. Raises NotPermitted, NotFound, TemplateArchived."""
    template = _locked(scope, template_id)
    if template.is_archived:
        raise TemplateArchived(template=template.name)
    Template.objects.filter(pk=template_id).update(is_archived=True)
    events.record("deposit_template.archived", "deposit_template", template_id, scope.actor)


def _locked(scope: Scope, template_id: int) -> Template:
    scope.require(MANAGES)
    template = Template.objects.visible_to(scope).select_for_update().filter(pk=template_id).first()
    if template is None:
        raise NotFound(noun="deposit_template")
    return template
