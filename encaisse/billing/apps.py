"""The Django app of `billing`."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Registers the label `billing`."""

    name = "encaisse.billing"
    label = "billing"
