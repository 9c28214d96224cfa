"""The Django app of `tag`."""

from django.apps import AppConfig


class TagConfig(AppConfig):
    """Registers the label `tag`."""

    name = "encaisse.tag"
    label = "tag"
