"""What a read API answers when it cannot answer: problem details (RFC 9457), with a sentence that says what to do.

Nothing that was sent is repeated: a filter may hold what somebody mistook for a search, such as a name.
"""

from collections.abc import Mapping

from pydantic import BaseModel

MEDIA_TYPE = "application/problem+json"


class Wrong(BaseModel):
    """A parameter that cannot be accepted, and what would be."""

    where: str
    says: str


class Problem(BaseModel):
    """Why there is no answer, and what to do."""

    title: str
    status: int
    code: str
    detail: str
    errors: tuple[Wrong, ...] = ()


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        """Keep what to answer."""
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


TITLES: Mapping[int, str] = {
    400: "This is not a page of this list",
    401: "A token is needed",
    403: "This token does not open this",
    404: "There is nothing here",
    405: "This can only be read",
    422: "A parameter cannot be accepted",
    429: "Too many unknown tokens",
    500: "The service has failed",
    503: "Not now",
}


def no_token() -> ProblemError:
    """Without a token, or with one that nobody holds: the two are not told apart."""
    return ProblemError(
        401, "token_needed",
        "Send a token that stands as `Authorization: Bearer …`. `section42 token make` makes one; it may have expired"
        " or been revoked.",
        www_authenticate="Bearer",
    )  # fmt: skip


def too_many_tries() -> ProblemError:
    """With a token that was not looked up, since too many others were no tokens."""
    return ProblemError(
        429, "too_many_tries",
        "Too many tokens that nobody holds were sent of late, so unknown ones wait. Ask again in a moment.",
        retry_after="5",
    )  # fmt: skip


def other_scope(scope: str) -> ProblemError:
    """With a token that opens other things."""
    return ProblemError(
        403, "scope_needed", f"This needs a token with the scope {scope}: ask whoever makes tokens for one.",
        www_authenticate=f'Bearer error="insufficient_scope", scope="{scope}"',
    )  # fmt: skip


def nothing_there() -> ProblemError:
    """Under an id or a year that nothing is known of."""
    return ProblemError(404, "not_found", "Nothing is known here under this id, or not yet.")


def bad_cursor() -> ProblemError:
    """With a cursor that leads nowhere."""
    return ProblemError(
        400, "bad_cursor",
        "`cursor` must be the `next` of a page of this list, asked for with the same filters. Leave it out to begin"
        " again.",
    )  # fmt: skip


def not_now() -> ProblemError:
    """The database is away or busy, or what is read could not be written down."""
    return ProblemError(
        503, "not_now",
        "The database did not answer in time, or the read could not be written to the read log, without which nothing"
        " is shown. Ask again in a moment.",
        retry_after="5",
    )  # fmt: skip


def being_written() -> ProblemError:
    """A list, while what it shows of some cases is written down again after an upgrade."""
    return ProblemError(
        503, "list_not_whole",
        "This list is being written down again after an upgrade, and would lack rows until that is done. Ask again in"
        " a minute.",
        retry_after="30",
    )  # fmt: skip


def no_such_path(document: str) -> ProblemError:
    """Under a path that is no view's."""
    return ProblemError(404, "no_such_path", f"There is no such view: {document} names them all.")


def only_read() -> ProblemError:
    """With another method than GET."""
    return ProblemError(405, "only_read", "Only GET is answered here.", allow="GET")


def failed() -> ProblemError:
    """An error of ours."""
    return ProblemError(500, "failed", "This is an error of the service; its log says more to those who run it.")
