"""A dump and the files of the archive in one tar: each file under its SHA-256, which is verified when it comes back."""

import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gettext import gettext as _
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from encaisse.adapters.files import write_whole
from encaisse.cli.exits import CannotGoOn

DUMP: Final = "encaisse.dump"
FILES: Final = "archive"
Progress = Callable[[int, int], None]


class Opened(NamedTuple):
    """What was given to restore: the dump itself, and the tar around it when there is one."""

    dump: Path
    bundle: Path | None


def pack(dump: Path, archive: Path, file: Path, progress: Progress) -> None:
    """The tar holds the dump and every archived file. The dump is the older of the two: files never go."""
    found = sorted(each for each in archive.rglob("*") if each.is_file() and not each.name.startswith("."))
    draft = file.with_name(f"{file.name}.part")
    try:
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w") as bundle:
            bundle.add(dump, DUMP)
            for done, each in enumerate(found, 1):
                bundle.add(each, f"{FILES}/{each.relative_to(archive)}")
                progress(done, len(found))
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """The dump of a file that may be one itself or a tar around it. Raises CannotGoOn when the tar is cut."""
    if not tarfile.is_tarfile(file):
        yield Opened(file, None)
        return
    with TemporaryDirectory(dir=file.absolute().parent, prefix=".restoring-") as folder:
        dump = Path(folder) / DUMP
        try:
            with tarfile.open(file) as bundle, dump.open("wb") as into:
                content = bundle.extractfile(DUMP)
                while content and (block := content.read(2**20)):
                    into.write(block)
        except (KeyError, tarfile.TarError) as fault:
            raise _broken(file) from fault
        yield Opened(dump, file)


def unpack(file: Path, archive: Path, progress: Progress) -> int:
    """Every file of the tar is in the archive; how many. What its name does not fit is refused, and so is a path.

    Raises CannotGoOn.
    """
    count = 0
    try:
        with tarfile.open(file) as bundle:
            for member in bundle:
                if member.isfile() and member.name.startswith(f"{FILES}/"):
                    _keep(bundle, member, archive)
                    count += 1
                    progress(member.offset, file.stat().st_size)
    except tarfile.TarError as fault:
        raise _broken(file) from fault
    return count


def _keep(bundle: tarfile.TarFile, member: tarfile.TarInfo, archive: Path) -> None:
    """The content goes where its own hash says: nothing in the tar chooses a place."""
    reader = bundle.extractfile(member)
    content = reader.read() if reader else b""
    name = sha256(content).hexdigest()
    if name != member.name.rpartition("/")[2]:
        raise CannotGoOn(_("The archived file {name} is not what it was.").format(name=member.name))
    place = archive / name[:2] / name[2:4] / name
    if not place.exists():
        write_whole(place, content)


def _broken(file: Path) -> CannotGoOn:
    return CannotGoOn(_("{file} is no backup of ours, or it was cut.").format(file=file))
