"""The tiny pure vocabulary everything else is written in: events, decisions, identities, civil time."""
