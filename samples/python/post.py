"""Posts one concern as a CloudEvent and waits for its receipt: `post.py REFERENCE NARRATIVE [SECONDS]`.

Needs confluent-kafka. Ends with 0 if the report was accepted, 1 if it was refused, 2 if no answer came in time.
"""

import json
import os
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
PREFIX = os.environ.get("SECTION42_TOPIC_PREFIX", "safeguarding.")
RECEIPTS = PREFIX + "receipts"

reference, narrative, *more = sys.argv[1:]
seconds = float(more[0]) if more else 30.0

event = {
    "specversion": "1.0",
    "id": f"{reference}-1",  # one for each thing you say; the same again when you send it again
    "source": "/my-system",
    "type": "safeguarding.concern.reported.v1",
    "data": {"sender": "my-system", "reference": reference, "source": "care_home", "narrative": narrative},
}

# Where receipts end is noted before anything is posted, so that ours cannot be missed.
consumer = Consumer({"bootstrap.servers": SERVERS, "group.id": "my-system", "enable.auto.commit": False})
there = consumer.list_topics(RECEIPTS, 10).topics[RECEIPTS].partitions
partitions = [TopicPartition(RECEIPTS, number) for number in there]
for partition in partitions:
    partition.offset = consumer.get_watermark_offsets(partition, 10)[1]
consumer.assign(partitions)

failed: list[object] = []
producer = Producer({"bootstrap.servers": SERVERS, "enable.idempotence": True})
producer.produce(
    PREFIX + "concern-reports",
    json.dumps(event),
    key=f"my-system/{reference}",  # keeps what you say of one concern in order
    headers={"content-type": "application/cloudevents+json"},
    on_delivery=lambda error, _: failed.append(error) if error else None,
)
if producer.flush(seconds) or failed:
    sys.exit(f"not posted: {failed or 'Kafka does not answer'}")

deadline = time.monotonic() + seconds
while (left := deadline - time.monotonic()) > 0:
    message = consumer.poll(left)
    if message is None or message.error():
        continue
    receipt = json.loads(message.value() or b"{}")
    if (receipt.get("accepted_source"), receipt.get("accepted_id")) == (event["source"], event["id"]):
        print(f"accepted as concern {receipt['concern_id']}")
        for remark in receipt["remarks"]:
            print(f"remark {remark['code']}: {remark['says']}")
        sys.exit(0)
    if (receipt.get("refused_source"), receipt.get("refused_id")) == (event["source"], event["id"]):
        for reason in receipt["reasons"]:
            print(f"refused {reason['code']}: {reason['says']}")
        sys.exit(1)
print(f"no answer in {seconds:g} s; sending it again does no harm")
sys.exit(2)
