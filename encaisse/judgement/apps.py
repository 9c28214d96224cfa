"""The Django app of `judgement`."""

from django.apps import AppConfig


class JudgementConfig(AppConfig):
    """Registers the label `judgement`."""

    name = "encaisse.judgement"
    label = "judgement"
