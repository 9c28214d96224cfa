"""The Django app of `party`."""

from django.apps import AppConfig


class PartyConfig(AppConfig):
    """Registers the label `party`."""

    name = "encaisse.party"
    label = "party"
