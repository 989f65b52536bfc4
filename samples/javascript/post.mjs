// Posts one concern as a CloudEvent and waits for its receipt: node post.mjs REFERENCE NARRATIVE [SECONDS]
//
// Needs kafkajs. Ends with 0 if the report was accepted, 1 if it was refused, 2 if no answer came in time.

import kafkajs from "kafkajs";

const prefix = process.env.SECTION42_TOPIC_PREFIX ?? "safeguarding.";
const receipts = `${prefix}receipts`;
const [reference, narrative, seconds = "30"] = process.argv.slice(2);

const event = {
  specversion: "1.0",
  id: `${reference}-1`, // one for each thing you say; the same again when you send it again
  source: "/my-system",
  type: "safeguarding.concern.reported.v1",
  data: { sender: "my-system", reference, source: "care_home", narrative },
};

const kafka = new kafkajs.Kafka({
  clientId: "my-system",
  brokers: process.env.KAFKA_BOOTSTRAP_SERVERS.split(","),
  logLevel: kafkajs.logLevel.ERROR,
});
const admin = kafka.admin();
const producer = kafka.producer();
const groupId = `my-system-${reference}-${process.pid}`; // of its own: a group shared with others gets a part of the receipts
const consumer = kafka.consumer({ groupId });
await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);

// Where receipts end is noted before anything is posted, so that ours cannot be missed.
const ends = await admin.fetchTopicOffsets(receipts);

let answered;
const answer = new Promise((resolve) => (answered = resolve));
await consumer.subscribe({ topic: receipts });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ message }) => {
    const receipt = JSON.parse(message.value);
    if (receipt.accepted_source === event.source && receipt.accepted_id === event.id) answered(receipt);
    if (receipt.refused_source === event.source && receipt.refused_id === event.id) answered(receipt);
  },
});
for (const { partition, high } of ends) consumer.seek({ topic: receipts, partition, offset: high });

await producer.send({
  topic: `${prefix}concern-reports`,
  messages: [
    {
      key: `my-system/${reference}`, // keeps what you say of one concern in order
      value: JSON.stringify(event),
      headers: { "content-type": "application/cloudevents+json" },
    },
  ],
});

setTimeout(answered, Number(seconds) * 1000, null).unref();
const receipt = await answer;
if (receipt === null) {
  console.log(`no answer in ${seconds} s; sending it again does no harm`);
  process.exitCode = 2;
} else if (receipt.accepted_id) {
  console.log(`accepted as concern ${receipt.concern_id}`);
  for (const { code, says } of receipt.remarks) console.log(`remark ${code}: ${says}`);
} else {
  for (const { code, says } of receipt.reasons) console.log(`refused ${code}: ${says}`);
  process.exitCode = 1;
}

await consumer.disconnect();
await admin.deleteGroups([groupId]);
await Promise.all([admin.disconnect(), producer.disconnect()]);
