"""What stops the demonstration, in one line that says what to do."""


class DemoError(Exception):
    """Somebody has to do something first."""
