"""What a command reports in one line instead of a traceback; imports nothing, so that --help stays quick."""


class CommandError(Exception):
    """Something expected went wrong: the message is one line that says what to do."""

    exit_code = 1


class MisuseError(CommandError):
    """The command was asked for something it cannot mean."""

    exit_code = 2


class GoneError(Exception):
    """Whoever read our answer reads no more. No OSError: those of sockets mean something else."""


_HINTS = {
    "UndefinedTableError": "; run `section42 migrate`",
    "InvalidSchemaNameError": "; run `section42 migrate`",
    "InsufficientPrivilegeError": "; DATABASE_URL must name an administrator",
    "InvalidPasswordError": "; check DATABASE_URL",
    "InvalidAuthorizationSpecificationError": "; check DATABASE_URL",
    "LockNotAvailableError": "; a service is busy with it, run the command again",
}
_QUOTES_ROWS = ("22", "23")
"""The classes of Postgres' errors whose words quote what is in a row."""


def line_about(error: Exception) -> tuple[str, int]:
    """The line and the exit code for an error: what to do about it, and of a fault of ours where it is."""
    if isinstance(error, CommandError):
        return str(error), error.exit_code
    module, name = type(error).__module__, type(error).__name__
    if module == "shared.chassis.process.errors" and (code := getattr(error, "exit_code", None)) is not None:
        return str(error), int(code)
    if module.startswith("aiokafka."):
        return f"Kafka says {name}: check KAFKA_BOOTSTRAP_SERVERS and that the broker is up", 1
    if module.startswith("asyncpg."):
        return f"Postgres says {name}{_said(error)}{_HINTS.get(name, '')}", 1
    if isinstance(error, OSError):
        about = f"{error.filename}: " if error.filename else ""
        return f"{about}{error.strerror or name}", 1
    from shared.chassis.process.blame import where

    place = where(error)
    return f"a fault of ours, {name}{f' at {place}' if place else ''}: nothing you did; report that line", 70


def _said(error: Exception) -> str:
    """The first line of what Postgres says, unless that may quote a row."""
    first = str(error).partition("\n")[0]
    return "" if str(getattr(error, "sqlstate", "")).startswith(_QUOTES_ROWS) else f": {first}"
