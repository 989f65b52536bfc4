"""Percentages as the council prints them: of unrounded figures, to a whole per cent, halves up (domain 2.5)."""


def percent(count: int, base: int | None) -> int | None:
    """The share in whole per cent; None where there is no base, or nothing in it."""
    if not base:
        return None
    return (200 * count + base) // (2 * base)


def growth(before: int, after: int) -> int | None:
    """By how many whole per cent a figure grew; negative where it fell, None where there was nothing before."""
    size = percent(abs(after - before), before)
    return size if size is None or after >= before else -size
