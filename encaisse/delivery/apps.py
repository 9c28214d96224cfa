"""The Django app of `delivery`."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """Registers the label `delivery`."""

    name = "encaisse.delivery"
    label = "delivery"
