"""The Django app of `api`."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the label `api`, for its templates."""

    name = "encaisse.api"
    label = "api"
