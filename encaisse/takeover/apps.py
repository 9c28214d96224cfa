"""The Django app of `takeover`."""

from django.apps import AppConfig


class TakeoverConfig(AppConfig):
    """Registers the label `takeover`."""

    name = "encaisse.takeover"
    label = "takeover"
