"""What a command reports in one line instead of a traceback; imports nothing, so that --help stays quick."""

SERVICES = ("intake", "triage", "enquiry", "audit")
"""The four services, in the order a concern meets them."""


class CommandError(Exception):
    """Something expected went wrong: the message is one line that says what to do."""

    exit_code = 1


class MisuseError(CommandError):
    """The command was asked for something it cannot mean."""

    exit_code = 2


def line_about(error: Exception) -> tuple[str, int] | None:
    """The line and the exit code for an error somebody can do something about, else None."""
    if isinstance(error, CommandError):
        return str(error), error.exit_code
    module, name = type(error).__module__, type(error).__name__
    if module == "shared.chassis.errors" and (code := getattr(error, "exit_code", None)) is not None:
        return str(error), int(code)
    if module.startswith("aiokafka."):
        return f"Kafka says {name}: check KAFKA_BOOTSTRAP_SERVERS and that the broker is up", 1
    if module.startswith("asyncpg."):
        said = str(error).partition("\n")[0]
        hints = {
            "UndefinedTableError": "; run `section42 migrate`",
            "InvalidSchemaNameError": "; run `section42 migrate`",
            "InsufficientPrivilegeError": "; DATABASE_URL must name an administrator",
            "LockNotAvailableError": "; a service is busy with it, run the command again",
        }
        return f"Postgres says {name}: {said}{hints.get(name, '')}", 1
    return None
