"""What Python and the C library do with memory that is free again, where what they do by themselves is not for us."""

import contextlib
import ctypes
import gc

_SELDOM = 50_000, 20, 50
_MMAP_THRESHOLD, _LARGE_BYTES = -3, 256 * 1024


def collect_seldom() -> None:
    """Look for circles seldom: we make next to none, and each look goes through all there is.

    What is here by now is never looked at again. Deciding on 76,800 events anew took a quarter less of the processor.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def give_back() -> None:
    """Have glibc give large blocks back as soon as they are free; another C library does as it likes.

    By itself it keeps blocks of up to 32 MiB among the small ones once it has met some: after a backlog of a million
    reports intake held 350 MB, of which 100 were in use.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
