"""The Django app of `desk`."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the label `desk`."""

    name = "encaisse.desk"
    label = "desk"
