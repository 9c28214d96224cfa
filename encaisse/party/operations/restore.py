"""Customers put back as they were before a file changed them."""

import json
from typing import Any, NamedTuple

from django.db import transaction

from encaisse.intake.errors import ChangedByImport, ChangedSince
from encaisse.intake.models import Batch
from encaisse.intake.rules import ranges
from encaisse.kernel import events, sql
from encaisse.kernel.scope import Actor
from encaisse.party.models import Customer, CustomerChange
from encaisse.party.operations.customers import snapshots
from encaisse.party.operations.references import bear_references
from encaisse.party.rules.references import References


class _Changed(NamedTuple):
    """What all records of a file made of one customer."""

    before: dict[str, Any]
    after: dict[str, Any]


@transaction.atomic
def restore_customers(batch_id: int, *, actor: Actor) -> int:
    """Each customer that records of the import changed is as it was before, under the identity of then. How many.

    All of them or none; whether anything used what they became is its caller's to know. Locks them. Raises
    ChangedByImport where nothing says what they were, and ChangedSince, which names the first that became something
    else since.
    """
    changed = _changed(batch_id)
    list(Customer.objects.select_for_update().filter(pk__in=changed).order_by("pk").values_list("pk"))
    now = snapshots(each.before["customer"]["reference"] for each in changed.values())
    others = [
        each.before["customer"]["reference"]
        for each in changed.values()
        if now.get(each.before["customer"]["reference"]) != each.after
    ]
    if others:
        raise ChangedSince(count=len(others), example=others[0])
    if changed:
        _put_back(list(changed.values()))
    for ids in ranges(sorted(changed)):
        events.record("customer.restored", "customer", ids, actor)
    return len(changed)


def _changed(batch_id: int) -> dict[int, _Changed]:
    """By customer: what it was before the first of the records that changed it, and after the last."""
    rows = CustomerChange.objects.filter(intake_row__batch_id=batch_id).order_by("pk")
    told = list(rows.values_list("customer_id", "before", "after"))
    count = Batch.objects.values_list("updated_count", flat=True).get(pk=batch_id)
    if len(told) < count:
        raise ChangedByImport(count=count - len(told))
    found: dict[int, _Changed] = {}
    for customer_id, before, after in told:
        found[customer_id] = _Changed(found[customer_id].before if customer_id in found else before, after)
    return found


def _put_back(changed: list[_Changed]) -> None:
    _run("change_customers", [each.before["customer"] for each in changed])
    _run("change_accounts", [each.before["account"] for each in changed])
    bear_references(
        {each.before["account"]["id"]: References(**each.before["references"]) for each in changed}
    )
    contacts, recipients = [], []
    for before, after in changed:
        (name, email, phone), (old_name, old_email, _) = before["reached"], after["reached"]
        if before["reached"] == after["reached"]:
            continue
        keys = {"customer_id": before["customer"]["id"], "account_id": before["account"]["id"]}
        contacts.append(keys | {"name": name, "old_name": old_name, "email": email, "phone": phone})
        recipients.append(keys | {"old_address": old_email, "address": email})
    _run("change_contacts", contacts)
    _run("replace_recipients", recipients)


def _run(name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        sql.execute("party", name, {"rows": json.dumps(rows)})
