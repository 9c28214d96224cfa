"""The user PostgreSQL runs as. Root hands over to an existing ordinary user and never creates one."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypedDict

from encaisse.database.errors import NoPlainUser


class Identity(TypedDict, total=False):
    """What `subprocess` needs to start a program as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


class Account(NamedTuple):
    """A user of the system, and whether programs must be handed over to it."""

    name: str
    uid: int
    gid: int
    handed_over: bool

    @property
    def identity(self) -> Identity:
        """Arguments of `subprocess` that start a program as this user."""
        if not self.handed_over:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the path this user's, when it is created by root on its behalf."""
        if self.handed_over:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user may go through the folder, by asking the system as that user."""
        test = shutil.which("test") or "/usr/bin/test"
        return (
            subprocess.run([test, "-x", str(folder)], check=False, cwd="/", **self.identity).returncode == 0
        )


def choose(data: Path, environ: Mapping[str, str]) -> Account:
    """Return who runs the server of this data folder.
    The present user; for root: ENCAISSE_PG_USER, else the owner of the data, else `postgres`, else `nobody`.
    Raises NoPlainUser when that leaves nobody but root.
    """
    if os.geteuid() != 0:
        return Account(name=name_of(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), handed_over=False)
    named = environ.get("ENCAISSE_PG_USER")
    if named:
        return _account(named)
    if data.exists() and data.stat().st_uid != 0:
        owner = data.stat()
        return Account(name=name_of(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid, handed_over=True)
    try:
        return _account("postgres")
    except NoPlainUser:
        return _account("nobody")


def name_of(uid: int) -> str:
    """Return a user's name, or its number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _account(name: str) -> Account:
    try:
        entry = pwd.getpwnam(name)
    except KeyError as missing:
        raise NoPlainUser(user=name) from missing
    if entry.pw_uid == 0:
        raise NoPlainUser(user=name)
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, handed_over=True)
