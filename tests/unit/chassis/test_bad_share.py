"""Rule 9: one bad record in a hundred costs its own answer and no more, because nothing is rolled back or run again."""

import gc
import json
import time
from datetime import UTC, datetime

from services.intake.service import service as intake
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Wire
from shared.chassis.delivery.records.writer import Writer
from tests.support.casework import begun

RECORDS, BATCH = 4000, 500
AT = datetime(2024, 3, 4, 12, tzinfo=UTC).isoformat()


def a_record(number: int, *, bad: bool) -> KeptRecord:
    data = {"sender": "ambulance", "reference": f"R{number}", "narrative": "The man in room 4 has bruises."}
    headers = {
        "ce_specversion": "1.0", "ce_id": f"e{number}", "ce_source": "/tests", "ce_time": AT,
        "ce_type": "safeguarding.concern.reported.v1",
    }  # fmt: skip
    value = b"{no JSON" if bad else json.dumps(data).encode()
    return KeptRecord(
        "concern-reports", 0, number, 1_709_553_600_000, 1, b"k", value,
        [(name, text.encode()) for name, text in headers.items()],
    )  # fmt: skip


def seconds(records: list[KeptRecord]) -> float:
    """Processor time to read and decide on everything, in batches."""
    wire, writer = Wire(intake, "", driven=False), Writer("intake")
    gc.collect()
    began = time.process_time()
    for start in range(0, len(records), BATCH):
        work = begun(intake, writer=writer)
        for record in records[start : start + BATCH]:
            found = wire.read(record)
            assert found is not None
            work.take(found)
    return time.process_time() - began


def test_one_bad_record_in_a_hundred_keeps_nine_tenths_of_the_throughput() -> None:
    good = [a_record(number, bad=False) for number in range(RECORDS)]
    mixed = [a_record(number, bad=number % 100 == 7) for number in range(RECORDS)]
    seconds(good[:BATCH])
    pairs = [(seconds(good), seconds(mixed)) for _ in range(5)]

    assert min(bad / plain for plain, bad in pairs) < 1 / 0.9
