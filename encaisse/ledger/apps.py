"""The Django app of `ledger`."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers the label `ledger`."""

    name = "encaisse.ledger"
    label = "ledger"
