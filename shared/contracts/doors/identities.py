"""Ids that both sides of a door can work out for themselves, so that nobody has to ask."""

from uuid import UUID

from shared.kernel.identity import derived


def concern_id_of(sender: str, reference: str) -> UUID:
    """The concern's id: derived from the sender and its reference, so a resend is the same concern."""
    return derived("concern", sender, reference)


def enquiry_id_of(concern_id: UUID) -> UUID:
    """The id of the Section 42 enquiry a concern converts to: one adult, one enquiry for a concern."""
    return derived("enquiry", str(concern_id))


def other_enquiry_id_of(concern_id: UUID) -> UUID:
    """The id of the other safeguarding enquiry a concern leads to: never the same record as a Section 42 enquiry."""
    return derived("other-enquiry", str(concern_id))
