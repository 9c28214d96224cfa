"""The Django app of `usage`."""

from django.apps import AppConfig


class UsageConfig(AppConfig):
    """Registers the label `usage`."""

    name = "encaisse.usage"
    label = "usage"
