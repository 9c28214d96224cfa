"""The Django app of `access`."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers the label `access`."""

    name = "encaisse.access"
    label = "access"
