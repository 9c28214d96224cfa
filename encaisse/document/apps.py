"""The Django app of `document`."""

from django.apps import AppConfig


class DocumentConfig(AppConfig):
    """Registers the label `document`."""

    name = "encaisse.document"
    label = "document"
