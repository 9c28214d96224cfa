"""The Django app of `flows`."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    """Registers the label `flows`."""

    name = "encaisse.flows"
    label = "flows"
