"""The Django app of `intake`."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Registers the label `intake`."""

    name = "encaisse.intake"
    label = "intake"
