"""What the chassis needs from the environment; nothing a service decides with is in here.

Two are what an installation is for good, and every event's metadata say so: whether its clock is driven, and whether
the people in it are invented.

Every variable that anything of ours reads is declared here, once, so that a wrong one is told of in the same words
by every command.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from shared.chassis.process import variables as v
from shared.chassis.process.errors import Misconfigured
from shared.chassis.process.variables import Variable


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
    test_numbers: bool = False
    instance: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 0
    batch_max_records: int = 500
    batch_timeout_ms: int = 200
    session_timeout_ms: int = 6000
    idle_in_transaction_ms: int = 5000
    lock_timeout_ms: int = 5000
    outbox_age_s_max: float = 30.0
    burst_unreadable_max: int = 100
    dead_letter_bytes_a_day: int = 1024 * 1024
    probe_interval_s: float = 30.0
    drain_timeout_s: float = 8.0
    read_timeout_ms: int = 5000
    signs_in_by: str = "DATABASE_URL"


_DEFAULTS = Settings(KafkaSettings(()), "")
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")

SERVERS = Variable("KAFKA_BOOTSTRAP_SERVERS", v.SERVERS, "kafka-1:9092,kafka-2:9092")
PROTOCOL = Variable("KAFKA_SECURITY_PROTOCOL", v.choice(*_PROTOCOLS), "SASL_SSL", "PLAINTEXT")
MECHANISM = Variable("KAFKA_SASL_MECHANISM", v.choice("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"), "SCRAM-SHA-512")
USERNAME = Variable("KAFKA_SASL_USERNAME", v.NAME, "section42")
PASSWORD = Variable("KAFKA_SASL_PASSWORD", v.SECRET, "...")
CA_FILE = Variable("KAFKA_SSL_CAFILE", v.FILE, "/etc/ssl/kafka-ca.pem")
CERTIFICATE = Variable("KAFKA_SSL_CERTFILE", v.FILE, "/etc/ssl/kafka-client.pem")
KEY = Variable("KAFKA_SSL_KEYFILE", v.FILE, "/etc/ssl/kafka-client.key")
DATABASE_URL = Variable(
    "DATABASE_URL", v.DATABASE, "postgresql://postgres:...@postgres:5432/section42", of_a_service=True
)
DATABASE_PASSWORD = Variable("DATABASE_PASSWORD", v.SECRET, "...", of_a_service=True)
TOPIC_PREFIX = Variable("SECTION42_TOPIC_PREFIX", v.PREFIX, "safeguarding.", _DEFAULTS.topic_prefix)
CLOCK = Variable("SECTION42_CLOCK", v.choice("wall", "driven"), "wall", "wall")
TEST_NUMBERS = Variable("SECTION42_TEST_NUMBERS", v.choice("yes", "no"), "no", "no")
INSTANCE = Variable("SECTION42_INSTANCE", v.PREFIX, "council-a-1", _DEFAULTS.instance)
HTTP_HOST = Variable("SECTION42_HTTP_HOST", v.HOST, "0.0.0.0", _DEFAULTS.http_host)  # noqa: S104  an example
HTTP_PORT = Variable("SECTION42_HTTP_PORT", v.whole(0, 65_535), "8401", _DEFAULTS.http_port, of_a_service=True)
REPLICATION_FACTOR = Variable("SECTION42_REPLICATION_FACTOR", v.whole(1, 100), "3", 1)
ENDPOINTS = Variable("SECTION42_ENDPOINTS", v.FILE, "endpoints.json")
BATCH_MAX_RECORDS = Variable("SECTION42_BATCH_MAX_RECORDS", v.whole(1, 10_000), "500", _DEFAULTS.batch_max_records)
SESSION_TIMEOUT_MS = Variable(
    "SECTION42_SESSION_TIMEOUT_MS", v.whole(500, 1_800_000), "6000", _DEFAULTS.session_timeout_ms
)
IDLE_IN_TRANSACTION_MS = Variable(
    "SECTION42_IDLE_IN_TRANSACTION_MS", v.whole(100, 600_000), "5000", _DEFAULTS.idle_in_transaction_ms
)
BURST_UNREADABLE_MAX = Variable(
    "SECTION42_BURST_UNREADABLE_MAX", v.whole(1, 1_000_000), "100", _DEFAULTS.burst_unreadable_max
)
DEAD_LETTER_BYTES_A_DAY = Variable(
    "SECTION42_DEAD_LETTER_BYTES_A_DAY", v.whole(0, 1 << 40), "1048576", _DEFAULTS.dead_letter_bytes_a_day
)
READ_TIMEOUT_MS = Variable("SECTION42_READ_TIMEOUT_MS", v.whole(1, 600_000), "5000", _DEFAULTS.read_timeout_ms)
PROBE_INTERVAL_S = Variable("SECTION42_PROBE_INTERVAL_S", v.seconds(0.05, 86_400), "30", _DEFAULTS.probe_interval_s)
DECLARED: tuple[Variable[Any], ...] = (
    *(SERVERS, PROTOCOL, MECHANISM, USERNAME, PASSWORD, CA_FILE, CERTIFICATE, KEY),
    *(
        DATABASE_URL,
        DATABASE_PASSWORD,
        TOPIC_PREFIX,
        CLOCK,
        TEST_NUMBERS,
        INSTANCE,
        HTTP_HOST,
        HTTP_PORT,
        REPLICATION_FACTOR,
        ENDPOINTS,
    ),
    *(BATCH_MAX_RECORDS, SESSION_TIMEOUT_MS, IDLE_IN_TRANSACTION_MS, BURST_UNREADABLE_MAX, READ_TIMEOUT_MS),
    *(DEAD_LETTER_BYTES_A_DAY, PROBE_INTERVAL_S),
)


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises Misconfigured with the name of the variable that is missing or wrong."""
    return Settings(
        kafka=kafka_from(environment),
        database_url=DATABASE_URL.read(environment),
        topic_prefix=TOPIC_PREFIX.read(environment),
        driven_clock=CLOCK.read(environment) == "driven",
        test_numbers=TEST_NUMBERS.read(environment) == "yes",
        instance=INSTANCE.read(environment),
        http_host=HTTP_HOST.read(environment),
        http_port=HTTP_PORT.read(environment),
        batch_max_records=BATCH_MAX_RECORDS.read(environment),
        session_timeout_ms=SESSION_TIMEOUT_MS.read(environment),
        idle_in_transaction_ms=IDLE_IN_TRANSACTION_MS.read(environment),
        burst_unreadable_max=BURST_UNREADABLE_MAX.read(environment),
        dead_letter_bytes_a_day=DEAD_LETTER_BYTES_A_DAY.read(environment),
        read_timeout_ms=READ_TIMEOUT_MS.read(environment),
        probe_interval_s=PROBE_INTERVAL_S.read(environment),
    )


def kafka_from(environment: Mapping[str, str]) -> KafkaSettings:
    """Where Kafka is: bootstrap servers, and SASL and TLS when their variables are set. Raises Misconfigured."""
    servers = SERVERS.read(environment)
    protocol = PROTOCOL.read(environment)
    security: dict[str, Any] = {} if PROTOCOL.given(environment) is None else {"security_protocol": protocol}
    signing_in = {"sasl_mechanism": MECHANISM, "sasl_plain_username": USERNAME, "sasl_plain_password": PASSWORD}
    for option, variable in signing_in.items():
        if (value := variable.given(environment)) is not None:
            if not protocol.startswith("SASL_"):
                raise _idle(variable, environment, "SASL_PLAINTEXT or SASL_SSL")
            security[option] = value
        elif protocol.startswith("SASL_"):
            raise Misconfigured(f"set {variable.name}: KAFKA_SECURITY_PROTOCOL is {protocol}")
    files = {"cafile": CA_FILE, "certfile": CERTIFICATE, "keyfile": KEY}
    given = {option: variable.given(environment) for option, variable in files.items()}
    for option, variable in files.items():
        if given[option] is not None and not protocol.endswith("SSL"):
            raise _idle(variable, environment, "SSL or SASL_SSL")
    if given["keyfile"] is not None and given["certfile"] is None:
        raise Misconfigured(f"set {CERTIFICATE.name}: {KEY.name} is set, and the two go together")
    if protocol.endswith("SSL"):
        security["ssl_context"] = _tls(given)
    return KafkaSettings(servers, security)


def _idle(variable: Variable[Any], environment: Mapping[str, str], wanted: str) -> Misconfigured:
    """A variable that says how to sign in, beside a protocol that would ignore it."""
    protocol = PROTOCOL.given(environment)
    is_now = "is not set" if protocol is None else f"is {protocol}"
    return Misconfigured(f"{PROTOCOL.name} {is_now}, and {variable.name} is set: it takes {wanted} beside that")


def _tls(files: Mapping[str, str | None]) -> Any:
    """Whom we trust and who we are. Raises Misconfigured where a file is none of the sort it should be."""
    from aiokafka.helpers import create_ssl_context  # noqa: PLC0415  only a TLS set-up pays for it

    try:
        trusting = create_ssl_context(cafile=files["cafile"])
    except (OSError, ValueError):
        raise CA_FILE.wrong(files["cafile"] or "", " (it holds no certificate)") from None
    if files["certfile"] is None:
        return trusting
    try:
        return create_ssl_context(**files)
    except (OSError, ValueError):
        why = " (it holds no certificate, or not that of the key)"
        raise CERTIFICATE.wrong(files["certfile"], why) from None


def role_of(service: str) -> str:
    """The database role of a service; it owns nothing and sees its own schema only."""
    return f"section42_{service}"


def signs_in_by(environment: Mapping[str, str], service: str) -> str:
    """What a person checks where the database does not let a service in; it quotes nothing."""
    if (own := DATABASE_URL.of(service)).given(environment) is not None:
        return own.name
    password = DATABASE_PASSWORD.of(service)
    not_set = "" if password.given(environment) else " (not set)"
    return f"the role {role_of(service)} and {password.name}{not_set}"


def service_database_url(environment: Mapping[str, str], service: str) -> str:
    """The URL a service signs in with.

    `DATABASE_URL_TRIAGE` (the service's name in capitals) where it is set; otherwise `DATABASE_URL` with the user
    replaced by the service's role and the password by `DATABASE_PASSWORD_TRIAGE`, if there is one.
    """
    own = DATABASE_URL.of(service).given(environment)
    if own is not None:
        return own
    url = DATABASE_URL.read(environment)
    password = DATABASE_PASSWORD.of(service).given(environment)
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = f"{role_of(service)}:{quote(password, safe='')}" if password else role_of(service)
    return urlunsplit(parts._replace(netloc=f"{user}@{host}"))
