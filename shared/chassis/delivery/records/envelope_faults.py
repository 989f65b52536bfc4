"""What may be wrong with an envelope, each fault with its code and with what to do about it.

At a door where what a record says makes it what it is (`Event.forgiving`) a fault is a remark in the answer; at every
other door it is a reason to refuse. One fault has one word, whichever it comes to: `shared/contracts/README.md` lists
them.
"""

from shared.kernel.decision import Reason

NO_VALUE = Reason(code="no_value", says="A record without a value is no event: send its data.")
JSON_INVALID = Reason(code="json_invalid", says="Send one JSON object in UTF-8: what came cannot be read as that.")
BATCH = Reason(code="batch", says="One record is one event: send each of these as a record of its own.")
BATCH_OF_ONE = Reason(code="batch_of_one", says="The event is in a list: send it by itself.")
ENVELOPE_MISSING = Reason(
    code="envelope_missing",
    says="There are no CloudEvents attributes, in headers or in the body: give specversion, id, source and type.",
)
NOT_1_0 = Reason(code="not_cloudevents_1_0", says="Send CloudEvents 1.0: specversion must be 1.0.", where="specversion")
TIME_NOT_READ = Reason(
    code="time_not_read", says="Give time as RFC 3339 with an offset, between 1900 and 2199.", where="time"
)
HEADER_PREFIX = Reason(
    code="header_prefix", says="On Kafka the headers of a CloudEvent begin with ce_, in small letters: rename them."
)
CONTENT_TYPE = Reason(
    code="content_type",
    says="The content type says that the body is a whole CloudEvent, and it is the data alone: send application/json.",
    where="content-type",
)
WRAPPED_TWICE = Reason(
    code="wrapped_twice",
    says="There are attributes in headers, and the body is a whole CloudEvent again: send the data alone, or "
    "application/cloudevents+json.",
)
ENCODING = Reason(code="encoding", says="The text is not UTF-8: send UTF-8.")
REGISTRY_BYTES = Reason(
    code="registry_bytes",
    says="Five bytes of a schema registry's serialiser stand before the JSON: use a plain serialiser for this topic.",
)
DATA_WAS_TEXT = Reason(
    code="data_was_text", says="The data are a text that holds JSON: send the JSON object itself.", where="data"
)
DATA_TWICE = Reason(code="data_twice", says="There are data and data_base64: send one of them.", where="data_base64")
DATA_NOT_BASE64 = Reason(
    code="data_not_base64", says="What data_base64 holds is no Base64 (RFC 4648).", where="data_base64"
)
ID_USED_BEFORE = Reason(
    code="id_used_before",
    says="Something else came before with this source and id, and both were taken: give each event an id of its own.",
    where="id",
)
_MISSING = {
    "specversion": "There is no specversion: give 1.0.",
    "id": "There is no id, by which a redelivery is known: give each event one.",
    "source": "There is no source: name the system that the event comes from.",
    "type": "There is no type: give the one that the contract of this topic names.",
}


def missing(name: str) -> Reason:
    """An attribute that every CloudEvent has is not there."""
    return Reason(code=f"{name}_missing", says=_MISSING[name], where=name)


def not_text(name: str) -> Reason:
    """An attribute that has to be a text is something else."""
    return Reason(code=f"{name}_not_text", says=f"Give {name} as a text, in quotation marks.", where=name)


def not_utf_8(name: str) -> Reason:
    """The value of a header is no text."""
    return Reason(code="header_not_utf_8", says="A CloudEvents header is not UTF-8: encode it so.", where=name)


def header_twice(name: str) -> Reason:
    """A header occurs with two values; the last counts, as Kafka's own clients have it."""
    return Reason(code="header_twice", says="A header occurs with two values: give one.", where=name)


def attribute_twice(name: str) -> Reason:
    """An attribute occurs twice in the body; the last counts."""
    return Reason(code="attribute_twice", says="An attribute occurs twice in the body: give it once.", where=name)


def impossible(name: str, longest: int) -> Reason:
    """An attribute that no header, table or index could hold."""
    says = f"Give id, source, type, correlationid and causationid {longest} printable characters at most together."
    return Reason(code="impossible_attribute", says=says, where=name)


def extension_not_read(name: str) -> Reason:
    """An extension is a list or an object."""
    says = "An extension attribute is a text, a whole number, true or false."
    return Reason(code="extension_not_read", says=says, where=name)
