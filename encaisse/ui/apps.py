"""The design system as a Django app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Templates, static files and template tags under the label `ui`."""

    name = "encaisse.ui"
    label = "ui"
