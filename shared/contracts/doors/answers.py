"""What a question may be answered with, where not knowing is an answer of its own."""

from enum import StrEnum


class Answer(StrEnum):
    """A question's answer; not knowing is an answer, and differs from never having been asked."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"
