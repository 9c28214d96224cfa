"""Why a file, or one cell of it, is refused."""

from decimal import Decimal
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class CellRefused(DomainError):
    """One cell cannot be read as what its column holds."""

    code: ClassVar[str] = "cell_refused"
    status: ClassVar[int] = 422


@refusal
class ColumnsMissing(DomainError):
    """The file lacks columns that its kind needs; each is named by its first heading."""

    code: ClassVar[str] = "columns_missing"
    status: ClassVar[int] = 422
    columns: tuple[str, ...]


@refusal
class ColumnRepeated(DomainError):
    """Two headings of the file name the same column."""

    code: ClassVar[str] = "column_repeated"
    status: ClassVar[int] = 422
    headings: tuple[str, str]


@refusal
class ValueMissing(CellRefused):
    """The cell is blank and must not be."""

    code: ClassVar[str] = "value_missing"


@refusal
class TextTooLong(CellRefused):
    """The text has more than `longest` characters."""

    code: ClassVar[str] = "text_too_long"
    longest: int


@refusal
class ControlCharacter(CellRefused):
    """The text holds a character that no document can print nor structured invoice carry."""

    code: ClassVar[str] = "control_character"


@refusal
class NotANumber(CellRefused):
    """The text is not a number in the French nor in the English manner."""

    code: ClassVar[str] = "not_a_number"


@refusal
class TooManyDecimals(CellRefused):
    """The number has more than `decimals` decimals, and rounding it would be a guess."""

    code: ClassVar[str] = "too_many_decimals"
    decimals: int


@refusal
class NumberOutOfRange(CellRefused):
    """The number is below `lowest` or above `highest`."""

    code: ClassVar[str] = "number_out_of_range"
    lowest: Decimal
    highest: Decimal


@refusal
class DateInvalid(CellRefused):
    """The text is not a date of the calendar, day first or in ISO 8601."""

    code: ClassVar[str] = "date_invalid"


@refusal
class ChoiceUnknown(CellRefused):
    """The text is none of the `choices` that the column understands."""

    code: ClassVar[str] = "choice_unknown"
    choices: tuple[str, ...]


@refusal
class ReferenceRepeated(CellRefused):
    """An earlier record of the same file has this reference."""

    code: ClassVar[str] = "reference_repeated"
    first_record: int


@refusal
class RecordTooLong(CellRefused):
    """The record has `extra` more cells than there are headings: most often a separator outside quotes."""

    code: ClassVar[str] = "record_too_long"
    extra: int


@refusal
class ValueNested(CellRefused):
    """The cell holds several values, an object or a list of JSON, where one is read."""

    code: ClassVar[str] = "value_nested"


@refusal
class FieldUnknown(DomainError):
    """A mapping names a field, or a way to make one, that records of this kind do not have."""

    code: ClassVar[str] = "field_unknown"
    status: ClassVar[int] = 422
    field: str


@refusal
class MappingUnknown(DomainError):
    """No mapping of this kind has this name; those that there are."""

    code: ClassVar[str] = "mapping_unknown"
    status: ClassVar[int] = 422
    name: str
    known: tuple[str, ...]


@refusal
class UploadTooLarge(DomainError):
    """The file has more than `most_mb` megabytes, which is what one may bring at the desk."""

    code: ClassVar[str] = "upload_too_large"
    status: ClassVar[int] = 413
    most_mb: int


@refusal
class UploadGone(DomainError):
    """The file was read, or waited too long: it has to be brought again."""

    code: ClassVar[str] = "upload_gone"


@refusal
class UndoUnknown(DomainError):
    """What a file of this kind brought is never taken back."""

    code: ClassVar[str] = "undo_unknown"
    kind: str


@refusal
class UndoneAlready(DomainError):
    """The import was undone before."""

    code: ClassVar[str] = "undone_already"


@refusal
class ChangedByImport(DomainError):
    """The import changed `count` rows that were there before, and nothing says what they were."""

    code: ClassVar[str] = "changed_by_import"
    count: int


@refusal
class ChangedSince(DomainError):
    """What the import changed became something else since: how many of them, and the first one."""

    code: ClassVar[str] = "changed_since"
    count: int
    example: str


@refusal
class UsedAlready(DomainError):
    """What the import brought was used since: by whom, as `noun` names them, how many of them, and the first one."""

    code: ClassVar[str] = "used_already"
    noun: str
    count: int
    example: str
