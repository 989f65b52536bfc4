// Posts what a plan on standard input asks for with Kafka's own client, by hand or with the CloudEvents SDK; see
// real_clients.py.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Driver {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TYPE = "safeguarding.concern.reported.v1";

    public static void main(String[] none) throws Exception {
        JsonNode plan = JSON.readTree(System.in);
        String client = plan.get("client").asText();
        String topic = plan.get("topic").asText();
        for (JsonNode run : plan.get("runs")) {
            String ending = run.get("transaction").asText();
            Map<String, Object> settings = new HashMap<>(Map.of(
                    "bootstrap.servers", plan.get("servers").asText(),
                    "compression.type", run.get("compression").asText()));
            if (!ending.equals("none")) {
                settings.put("transactional.id", topic + "-" + client);
            }
            try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
                if (!ending.equals("none")) {
                    producer.initTransactions();
                    producer.beginTransaction();
                }
                List<Future<?>> sent = new ArrayList<>();
                for (int n = 0; n < run.get("count").asInt(); n++) {
                    String reference = run.get("name").asText() + "-" + n;
                    String narrative = run.get("narrative").asText();
                    sent.add(producer.send(record(topic, client, run.get("mode").asText(), reference, narrative)));
                }
                producer.flush();
                for (Future<?> each : sent) {
                    each.get();
                }
                if (ending.equals("commit")) {
                    producer.commitTransaction();
                } else if (ending.equals("abort")) {
                    producer.abortTransaction();
                }
            }
        }
    }

    static ProducerRecord<String, byte[]> record(
            String topic, String client, String mode, String reference, String narrative) throws Exception {
        Map<String, Object> data = Map.of("sender", client, "reference", reference, "narrative", narrative);
        String id = client + "-" + reference;
        String source = "/" + client;
        String key = client + "/" + reference;
        if (mode.startsWith("sdk")) {
            CloudEvent event = CloudEventBuilder.v1()
                    .withId(id)
                    .withSource(URI.create(source))
                    .withType(TYPE)
                    .withData("application/json", JSON.writeValueAsBytes(data))
                    .build();
            var writer = KafkaMessageFactory.createWriter(topic, null, null, key);
            return mode.equals("sdk-binary")
                    ? writer.writeBinary(event)
                    : writer.writeStructured(event, new JsonFormat());
        }
        Map<String, Object> attributes = Map.of("specversion", "1.0", "id", id, "source", source, "type", TYPE);
        if (mode.equals("binary")) {
            var record = new ProducerRecord<>(topic, key, JSON.writeValueAsBytes(data));
            attributes.forEach((name, said) -> record.headers().add("ce_" + name, bytes((String) said)));
            return record;
        }
        Map<String, Object> event = new HashMap<>(attributes);
        event.put("data", data);
        var record = new ProducerRecord<>(topic, key, JSON.writeValueAsBytes(event));
        record.headers().add("content-type", bytes("application/cloudevents+json"));
        return record;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
