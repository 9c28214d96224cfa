"""`encaisse user`: the people who log in."""

import sys
from gettext import gettext as _

import click

from encaisse.cli import session, show
from encaisse.cli.choices import named
from encaisse.cli.groups import Group


@click.group(cls=Group, help=_("Manage the people who log in."))
def user() -> None:
    """Hold the commands of users together."""


@user.command(help=_("Let a person log in. The password is asked for, or read from the standard input."))
@click.option("--email", required=True, metavar=_("ADDRESS"), help=_("What they log in with."))
@click.option("--name", required=True, metavar=_("NAME"), help=_("Their name, as others see it."))
@click.option(
    "--role",
    default="admin",
    show_default=True,
    metavar=_("ROLE"),
    help=_("What they may do: admin, billing, collector, leader, rep, or a role of yours."),
)
@click.option(
    "--rep", metavar=_("CODE"), help=_("The sales representative they are, for the roles that need one.")
)
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help=_("Theirs.")
)
@click.option("--password-stdin", is_flag=True, help=_("Read the password from the standard input."))
def create(email: str, name: str, role: str, rep: str | None, language: str, password_stdin: bool) -> None:
    """The person can log in."""
    scope = session.begin()
    from encaisse.access.operations.users import Profile, create_user
    from encaisse.party.queries import reps

    rep_id = named(reps(scope), rep, "--rep").id if rep else None
    profile = Profile(email, name, role, rep_id, language)
    create_user(profile, password=_password(password_stdin), actor=scope.actor)
    show.answer(_("{name} can log in with {email}.").format(name=name, email=email))


@user.command(
    "reset-two-factor",
    help=_("Let a person who lost telephone and recovery codes log in with the password alone."),
)
@click.argument("email", metavar=_("ADDRESS"))
def reset_two_factor(email: str) -> None:
    """The second factor of the person is gone."""
    scope = session.begin()
    from encaisse.access.operations.second_factor import reset
    from encaisse.access.queries.users import user_by_email

    found = user_by_email(scope, email)
    reset(found.id, actor=scope.actor)
    show.answer(_("{name} logs in with the password alone again.").format(name=found.name))


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt(_("Password"), hide_input=True, confirmation_prompt=True, err=True))
