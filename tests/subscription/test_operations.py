"""The rows of contracts that are loaded."""

import pytest

from encaisse.subscription import models
from encaisse.subscription.rules import records


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (models.Subscription, records.NewSubscription),
        (models.Item, records.NewItem),
        (models.Event, records.NewEvent),
    ],
)
def test_loaded_rows_have_every_column(model, row):
    assert set(row._fields) == {field.column for field in model._meta.concrete_fields}
