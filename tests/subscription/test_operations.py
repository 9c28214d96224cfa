"""The rows of contracts that are loaded."""

import pytest

from encaisse.subscription import models, rules


@pytest.mark.parametrize(
    ("model", "row"), [(models.Subscription, rules.NewSubscription), (models.Item, rules.NewItem)]
)
def test_loaded_rows_have_every_column(model, row):
    assert set(row._fields) == {field.column for field in model._meta.concrete_fields}
