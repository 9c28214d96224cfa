"""Representatives and the groups they work in."""

from collections.abc import Collection

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.errors import GroupNameTaken, RepNameTaken, RepUnknown
from encaisse.party.models import Customer, Group, Rep
from encaisse.party.rules.names import slug


@transaction.atomic
def save_reps(names: Collection[str]) -> dict[str, int]:
    """Everybody named is a representative, under the slug of the name. Returns their keys by name.

    A name without a letter, such as a dash, names nobody. Repeatable.
    """
    codes = {name: slug(name) for name in names if slug(name)}
    by_code = {code: name for name, code in codes.items()}
    reps = [Rep(code=code, name=name) for code, name in sorted(by_code.items())]
    Rep.objects.bulk_create(reps, ignore_conflicts=True)
    keys = dict(Rep.objects.filter(code__in=by_code).values_list("code", "pk"))
    return {name: keys[code] for name, code in codes.items()}


@transaction.atomic
def save_group(*, code: str, name: str, leader: str, members: Collection[str], actor: Actor) -> int:
    """The group has this name, this leader and these members, all reps by code. Returns its key.

    An empty `leader` is nobody; a member of another group leaves it. Raises RepUnknown.
    """
    keys = dict(Rep.objects.filter(code__in={*members, leader}).values_list("code", "pk"))
    for rep in (*members, leader):
        if rep and rep not in keys:
            raise RepUnknown(rep=rep)
    said = {"name": name, "leader_id": keys.get(leader)}
    group, _ = Group.objects.update_or_create(code=code, defaults=said)
    wanted = [keys[member] for member in members]
    Rep.objects.filter(group=group).exclude(pk__in=wanted).update(group=None)
    Rep.objects.filter(pk__in=wanted).update(group=group)
    events.record("group.saved", "group", group.pk, actor, name=name)
    return group.pk


@transaction.atomic
def follow(customer_id: int, rep_id: int, *, scope: Scope) -> None:
    """The customer is followed by this representative from now on. Raises NotPermitted, NotFound."""
    scope.require("edit_accounts")
    visible = Customer.objects.visible_to(scope).select_for_update(of=("self",))
    customer = visible.filter(pk=customer_id).first()
    if customer is None or not Rep.objects.filter(pk=rep_id).exists():
        raise NotFound(noun="customer")
    customer.rep_id = rep_id
    customer.save(update_fields=["rep"])
    events.record("customer.followed", "customer", customer_id, scope.actor, rep_id=rep_id)


@transaction.atomic
def new_group(*, name: str, leader: str, members: Collection[str], actor: Actor) -> int:
    """A group of this name exists, with this leader and these members. Returns its key.

    Raises GroupNameTaken, RepUnknown.
    """
    code = slug(name)
    if not code or Group.objects.filter(code=code).exists():
        raise GroupNameTaken(group=name)
    return save_group(code=code, name=name, leader=leader, members=members, actor=actor)


@transaction.atomic
def new_rep(*, name: str, actor: Actor) -> int:
    """There is a representative of this name. Returns its key. Raises RepNameTaken."""
    code = slug(name)
    if not code or Rep.objects.filter(code=code).exists():
        raise RepNameTaken(rep=name)
    rep = Rep.objects.create(code=code, name=name)
    events.record("rep.created", "rep", rep.pk, actor, name=name)
    return rep.pk
