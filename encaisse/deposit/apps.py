"""The Django app of `deposit`."""

from django.apps import AppConfig


class DepositConfig(AppConfig):
    """Registers the label `deposit`."""

    name = "encaisse.deposit"
    label = "deposit"
