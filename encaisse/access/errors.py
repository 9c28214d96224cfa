"""What access refuses."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class LogInRefused(DomainError):
    """Unknown e-mail, wrong password, deactivated or locked: deliberately one answer for all of them."""

    code: ClassVar[str] = "log_in_refused"
    status: ClassVar[int] = 401


@refusal
class EmailTaken(DomainError):
    """Another user, perhaps a deactivated one, logs in with this address."""

    code: ClassVar[str] = "email_taken"
    email: str


@refusal
class PasswordRefused(DomainError):
    """The password breaks these rules, named by the codes of Django's validators."""

    code: ClassVar[str] = "password_refused"
    status: ClassVar[int] = 422
    rules: tuple[str, ...]


@refusal
class RepRequired(DomainError):
    """A role that sees the customers of a rep, or of a group leader, needs to know which."""

    code: ClassVar[str] = "rep_required"
    status: ClassVar[int] = 422
    role: str


@refusal
class LastManager(DomainError):
    """Nobody could manage users any more."""

    code: ClassVar[str] = "last_manager"
    user_id: int | None = None


@refusal
class CurrentPasswordRefused(DomainError):
    """The present password, asked for before it changes, is not this one."""

    code: ClassVar[str] = "current_password_refused"
    status: ClassVar[int] = 422


@refusal
class RoleNameTaken(DomainError):
    """Another role has this name."""

    code: ClassVar[str] = "role_name_taken"
    role: str


@refusal
class RoleIsFixed(DomainError):
    """The administrator's role holds every permission over everything, so that somebody always does."""

    code: ClassVar[str] = "role_is_fixed"


@refusal
class ManagerSeesEverything(DomainError):
    """Who manages users sees every customer of every legal entity, since they could make themselves one who does."""

    code: ClassVar[str] = "manager_sees_everything"


@refusal
class HolderWithoutRep(DomainError):
    """Somebody who holds the role is no sales representative, whose customers it would show."""

    code: ClassVar[str] = "holder_without_rep"
    holder: str


@refusal
class SecondFactorRefused(DomainError):
    """A wrong code, one used already, a log-in begun too long ago, a locked user: one answer for all of them."""

    code: ClassVar[str] = "second_factor_refused"
    status: ClassVar[int] = 401


@refusal
class SecondFactorInPlace(DomainError):
    """The user has a second factor already: it is taken away first."""

    code: ClassVar[str] = "second_factor_in_place"


@refusal
class NoSecondFactor(DomainError):
    """The user has no second factor, or has not asked for one."""

    code: ClassVar[str] = "no_second_factor"


@refusal
class SecondFactorRequired(DomainError):
    """The user's role asks for a second factor, which therefore stays."""

    code: ClassVar[str] = "second_factor_required"


@refusal
class KeyExpired(DomainError):
    """A key that would have ended before it began."""

    code: ClassVar[str] = "key_expired"
    status: ClassVar[int] = 422


@refusal
class NoSandboxes(DomainError):
    """A key in test mode was asked for, and no legal entity is there to try things out beside."""

    code: ClassVar[str] = "no_sandboxes"


@refusal
class IdempotencyKeyReused(DomainError):
    """The same `Idempotency-Key` came with another request before."""

    code: ClassVar[str] = "idempotency_key_reused"


@refusal
class AnswerUnderWay(DomainError):
    """The first request with this `Idempotency-Key` has not been answered yet."""

    code: ClassVar[str] = "answer_under_way"


@refusal
class ViewNameTaken(DomainError):
    """The person has saved another view of this list under that name."""

    code: ClassVar[str] = "view_name_taken"
    name: str


@refusal
class ViewWithoutName(DomainError):
    """A view is found again by its name."""

    code: ClassVar[str] = "view_without_name"
