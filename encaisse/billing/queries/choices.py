"""What a run can be narrowed to, for who chooses it by name."""

from typing import NamedTuple

from encaisse.catalog.models import Offer
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer, Group, Rep


class Choice(NamedTuple):
    """One row to choose; `names` are (French, English), the same when it has one name."""

    id: int
    code: str
    names: tuple[str, str]


class Choices(NamedTuple):
    """Groups, representatives and offers, each by code; none for who sees some customers only."""

    groups: tuple[Choice, ...]
    reps: tuple[Choice, ...]
    offers: tuple[Choice, ...]


def choices(scope: Scope) -> Choices:
    """What a run can be narrowed to beside legal entities and cycles."""
    if not scope.sees_every_customer:
        return Choices((), (), ())
    groups = Group.objects.order_by("code").values_list("pk", "code", "name")
    reps = Rep.objects.order_by("code").values_list("pk", "code", "name")
    offers = Offer.objects.order_by("code").values_list("pk", "code", "name_fr", "name_en")
    return Choices(
        groups=tuple(Choice(key, code, (name, name)) for key, code, name in groups),
        reps=tuple(Choice(key, code, (name, name)) for key, code, name in reps),
        offers=tuple(Choice(key, code, (fr, en)) for key, code, fr, en in offers),
    )


def customer_named(scope: Scope, reference: str) -> int | None:
    """The visible customer of this reference."""
    found = Customer.objects.visible_to(scope).filter(reference__iexact=reference.strip())
    return found.values_list("pk", flat=True).first()


def accounts_named(scope: Scope, references: list[str]) -> tuple[list[int], list[str]]:
    """The visible accounts of these references, all accounts of those that are customers', and what is neither."""
    visible = BillingAccount.objects.visible_to(scope)
    found: list[int] = []
    strange: list[str] = []
    for reference in references:
        own = list(visible.filter(reference__iexact=reference).values_list("pk", flat=True))
        own = own or list(visible.filter(customer__reference__iexact=reference).values_list("pk", flat=True))
        found += own
        strange += [] if own else [reference]
    return sorted(set(found)), strange
