"""What may be told of an error: its kind, and the place in our own code it came from. Never its words.

The text of a database's or a validation's error quotes what it met, and that may be a person.
"""

from pathlib import Path
from types import TracebackType

from shared.chassis.process.errors import BrokenPromise

_ROOT = Path(__file__).resolve().parents[3]
_OURS = tuple(f"{_ROOT / folder}/" for folder in ("services", "shared", "deploy"))


def named(error: BaseException) -> str:
    """What kind of error it is, for a sentence."""
    return type(error).__name__


def blame(error: BaseException) -> dict[str, str]:
    """The kind of an error and the file and line of ours nearest to it, for a line of the log.

    An error that somebody raised anew, so that only what caused it has been near our code, is placed by its cause.
    """
    place = error.place if isinstance(error, BrokenPromise) else where(error)
    said = str(error) if isinstance(error, BrokenPromise) else named(error)  # its words are ours alone
    return {"error": said} | ({"where": place} if place else {})


def where(error: BaseException) -> str:
    """The deepest line of ours that an error passed through; nothing where it passed through none."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        if isinstance(one, BaseExceptionGroup):
            one = one.exceptions[0]
            continue
        if place := _deepest(one.__traceback__):
            return place
        one = one.__cause__ or one.__context__
    return ""


def placed(file: str, line: int) -> str:
    """A place in the code, from the root of the project on."""
    path = Path(file)
    return f"{path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name}:{line}"


def _deepest(trace: TracebackType | None) -> str:
    place = ""
    while trace is not None:
        if (file := trace.tb_frame.f_code.co_filename).startswith(_OURS):
            place = placed(file, trace.tb_lineno)
        trace = trace.tb_next
    return place
