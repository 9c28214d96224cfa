"""The Django app of `currency`."""

from django.apps import AppConfig


class CurrencyConfig(AppConfig):
    """Registers the label `currency`."""

    name = "encaisse.currency"
    label = "currency"
