"""The Django app of `webhook`."""

from django.apps import AppConfig


class WebhookConfig(AppConfig):
    """Registers the label `webhook`."""

    name = "encaisse.webhook"
    label = "webhook"
