"""The Django app of `archive`."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """Registers the label `archive`."""

    name = "encaisse.archive"
    label = "archive"
