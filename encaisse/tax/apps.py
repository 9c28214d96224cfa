"""The Django app of `tax`."""

from django.apps import AppConfig


class TaxConfig(AppConfig):
    """Registers the label `tax`."""

    name = "encaisse.tax"
    label = "tax"
