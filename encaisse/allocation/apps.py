"""The Django app of `allocation`."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    """Registers the label `allocation`."""

    name = "encaisse.allocation"
    label = "allocation"
