"""Charges under attack."""

import pytest
from django.db import IntegrityError, connection

from encaisse.charge.models import Charge
from tests.makers import make_charge

pytestmark = pytest.mark.django_db


def test_a_charge_never_changes() -> None:
    charge = make_charge()

    with pytest.raises(IntegrityError, match="charge_charge_append_only|never changes"):
        Charge.objects.filter(pk=charge.pk).update(label="autre")


def test_a_charge_on_an_unknown_account_is_refused() -> None:
    with pytest.raises(IntegrityError, match="account_id 99999999 of charge_charge is not in"):
        Charge.objects.create(**_fields(), account_id=99999999)


def _fields() -> dict[str, object]:
    charge = make_charge()
    return {
        name: getattr(charge, name)
        for name in ("product_id", "kind", "label", "currency", "quantity", "unit_price", "amount", "billable_on")
    }
