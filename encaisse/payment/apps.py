"""The Django app of `payment`."""

from django.apps import AppConfig


class PaymentConfig(AppConfig):
    """Registers the label `payment`."""

    name = "encaisse.payment"
    label = "payment"
