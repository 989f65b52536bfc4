// Posts what a plan on standard input asks for with kafkajs, by hand or with the CloudEvents SDK; see real_clients.py.

import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { CloudEvent, Kafka as Binding } from "cloudevents";
import kafkajs from "kafkajs";
import snappy from "kafkajs-snappy";
import lz4 from "lz4-napi";

const { CompressionTypes, CompressionCodecs, Kafka, logLevel } = kafkajs;
const zstd = { compress: promisify(zlib.zstdCompress), decompress: promisify(zlib.zstdDecompress) };
CompressionCodecs[CompressionTypes.Snappy] = snappy;
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder) => zstd.compress(encoder.buffer),
  decompress: (buffer) => zstd.decompress(buffer),
});
const COMPRESSIONS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

const plan = JSON.parse(readFileSync(0, "utf8"));

function attributes(reference) {
  const type = "safeguarding.concern.reported.v1";
  return { id: `${plan.client}-${reference}`, source: `/${plan.client}`, type };
}

function message(mode, reference, narrative) {
  const data = { sender: plan.client, reference, narrative };
  const key = `${plan.client}/${reference}`;
  switch (mode) {
    case "structured": {
      const value = JSON.stringify({ specversion: "1.0", ...attributes(reference), data });
      return { key, value, headers: { "content-type": "application/cloudevents+json" } };
    }
    case "binary": {
      const named = Object.entries(attributes(reference)).map(([name, said]) => [`ce_${name}`, said]);
      return { key, value: JSON.stringify(data), headers: { ce_specversion: "1.0", ...Object.fromEntries(named) } };
    }
    case "sdk-binary": {
      // The SDK gives data that are no text yet, and headers that are undefined: kafkajs takes neither.
      const made = Binding.binary(new CloudEvent({ ...attributes(reference), data }));
      const headers = Object.fromEntries(Object.entries(made.headers).filter(([, said]) => said !== undefined));
      return { key, value: JSON.stringify(made.value), headers };
    }
    case "sdk-structured": {
      const made = Binding.structured(new CloudEvent({ ...attributes(reference), data }));
      return { key, value: made.value, headers: made.headers };
    }
  }
}

const kafka = new Kafka({ clientId: plan.client, brokers: plan.servers.split(","), logLevel: logLevel.ERROR });
for (const run of plan.runs) {
  const transactional = run.transaction !== "none";
  const settings = transactional
    ? { transactionalId: `${plan.topic}-${plan.client}`, idempotent: true, maxInFlightRequests: 1 }
    : {};
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, ...settings });
  await producer.connect();
  const messages = Array.from({ length: run.count }, (_, n) => message(run.mode, `${run.name}-${n}`, run.narrative));
  const sent = { topic: plan.topic, messages, compression: COMPRESSIONS[run.compression] };
  if (transactional) {
    const transaction = await producer.transaction();
    await transaction.send(sent);
    await (run.transaction === "commit" ? transaction.commit() : transaction.abort());
  } else {
    await producer.send(sent);
  }
  await producer.disconnect();
}
