"""What the chassis needs from the environment; nothing a service decides with is in here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from shared.chassis.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where Kafka is and how to sign in; the names are Kafka's own."""

    bootstrap_servers: tuple[str, ...]
    security: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """One process's settings. Limits carry their units in their names."""

    kafka: KafkaSettings
    database_url: str
    topic_prefix: str = "safeguarding."
    driven_clock: bool = False
    instance: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 0
    batch_max_records: int = 500
    batch_timeout_ms: int = 200
    session_timeout_ms: int = 6000
    idle_in_transaction_ms: int = 5000
    lock_timeout_ms: int = 5000
    outbox_age_s_max: float = 30.0
    lag_s_max: float = 300.0
    burst_unreadable_max: int = 100
    dead_letter_bytes_a_day: int = 1024 * 1024
    probe_interval_s: float = 30.0
    drain_timeout_s: float = 8.0
    read_timeout_ms: int = 5000


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises Misconfigured with the name of the variable that is missing or wrong."""
    defaults = Settings(KafkaSettings(()), "")
    return Settings(
        kafka=kafka_from(environment),
        database_url=_required(environment, "DATABASE_URL", "postgresql://user:password@host/database"),
        topic_prefix=environment.get("SECTION42_TOPIC_PREFIX", defaults.topic_prefix),
        driven_clock=_choice(environment, "SECTION42_CLOCK", ("wall", "driven")) == "driven",
        instance=environment.get("SECTION42_INSTANCE", defaults.instance).strip(),
        http_host=environment.get("SECTION42_HTTP_HOST", defaults.http_host),
        http_port=_whole(environment, "SECTION42_HTTP_PORT", defaults.http_port),
        batch_max_records=_whole(environment, "SECTION42_BATCH_MAX_RECORDS", defaults.batch_max_records),
        session_timeout_ms=_whole(environment, "SECTION42_SESSION_TIMEOUT_MS", defaults.session_timeout_ms),
        idle_in_transaction_ms=_whole(environment, "SECTION42_IDLE_IN_TRANSACTION_MS", defaults.idle_in_transaction_ms),
        burst_unreadable_max=_whole(environment, "SECTION42_BURST_UNREADABLE_MAX", defaults.burst_unreadable_max),
        dead_letter_bytes_a_day=_whole(
            environment, "SECTION42_DEAD_LETTER_BYTES_A_DAY", defaults.dead_letter_bytes_a_day
        ),
        read_timeout_ms=_whole(environment, "SECTION42_READ_TIMEOUT_MS", defaults.read_timeout_ms),
        probe_interval_s=float(environment.get("SECTION42_PROBE_INTERVAL_S", defaults.probe_interval_s)),
    )


def kafka_from(environment: Mapping[str, str]) -> KafkaSettings:
    """Where Kafka is: bootstrap servers, and SASL and TLS when their variables are set."""
    servers = _required(environment, "KAFKA_BOOTSTRAP_SERVERS", "host:9092,host:9092")
    security: dict[str, Any] = {}
    for variable, option in (
        ("KAFKA_SECURITY_PROTOCOL", "security_protocol"),
        ("KAFKA_SASL_MECHANISM", "sasl_mechanism"),
        ("KAFKA_SASL_USERNAME", "sasl_plain_username"),
        ("KAFKA_SASL_PASSWORD", "sasl_plain_password"),
    ):
        if environment.get(variable):
            security[option] = environment[variable]
    if security.get("security_protocol", "").endswith("SSL"):
        from aiokafka.helpers import create_ssl_context  # noqa: PLC0415  only a TLS set-up pays for it

        security["ssl_context"] = create_ssl_context(
            cafile=environment.get("KAFKA_SSL_CAFILE"),
            certfile=environment.get("KAFKA_SSL_CERTFILE"),
            keyfile=environment.get("KAFKA_SSL_KEYFILE"),
        )
    return KafkaSettings(tuple(s.strip() for s in servers.split(",") if s.strip()), security)


def role_of(service: str) -> str:
    """The database role of a service; it owns nothing and sees its own schema only."""
    return f"section42_{service}"


def service_database_url(environment: Mapping[str, str], service: str) -> str:
    """The URL a service signs in with.

    `DATABASE_URL_TRIAGE` (the service's name in capitals) where it is set; otherwise `DATABASE_URL` with the user
    replaced by the service's role and the password by `DATABASE_PASSWORD_TRIAGE`, if there is one.
    """
    own = environment.get(f"DATABASE_URL_{service.upper()}")
    if own:
        return own
    url = _required(environment, "DATABASE_URL", "postgresql://user:password@host/database")
    password = environment.get(f"DATABASE_PASSWORD_{service.upper()}", "")
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = f"{role_of(service)}:{quote(password, safe='')}" if password else role_of(service)
    return urlunsplit(parts._replace(netloc=f"{user}@{host}"))


def _required(environment: Mapping[str, str], name: str, example: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise Misconfigured(f"set {name}, for example {name}={example}")
    return value


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not text.isdigit():
        raise Misconfigured(f"{name} must be a whole number, for example {name}={default}")
    return int(text)


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environment.get(name, choices[0])
    if value not in choices:
        raise Misconfigured(f"{name} must be one of {', '.join(choices)}")
    return value
