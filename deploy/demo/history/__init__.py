"""Three years of an invented council's safeguarding, as CloudEvents for the doors: a lead-in, and two years that count.

Everybody in it is invented. Nothing here computes a published figure: what the services count is theirs alone.
"""

from deploy.demo.history.stream import events

__all__ = ["events"]
