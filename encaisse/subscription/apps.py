"""The Django app of `subscription`."""

from django.apps import AppConfig


class SubscriptionConfig(AppConfig):
    """Registers the label `subscription`."""

    name = "encaisse.subscription"
    label = "subscription"
