"""Somebody signed in, to press the desk's buttons."""

import re

from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from encaisse.access.models import AccessLevel, Permission, User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.kernel.scope import Actor

SETUP = Actor("command", None, "encaisse user create")


def signed_in(*permissions: str, language: str = "en") -> Client:
    """A client of somebody who sees everything; with every permission unless some are named."""
    held = frozenset(permissions or Permission)
    operations.create_role("tried", "Tried", level=AccessLevel.EVERYTHING, permissions=held, actor=SETUP)
    profile = Profile("essai@encaisse.example", "Essai", "tried", language=language)
    key = operations.create_user(profile, password="rien à deviner ici", actor=SETUP)
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(pk=key))
    return client


def work(*names: str) -> None:
    """Run the waiting tasks of these names within the test's own transaction, as a worker would after commit."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name__in=names).order_by("id"):
        app.tasks[job.task_name](**job.args)


def words(page: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"<[^>]+>", "", page)
