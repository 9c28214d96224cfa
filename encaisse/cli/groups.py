"""Commands that hold others."""

from gettext import gettext as _
from typing import Any

import click


class Group(click.Group):
    """Lists its commands in the order in which they were added, which is that in which one needs them."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **{"subcommand_metavar": _("COMMAND …"), **attributes})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return list(self.commands)
