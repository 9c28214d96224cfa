"""The Django app of `catalog`."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Registers the label `catalog`."""

    name = "encaisse.catalog"
    label = "catalog"
