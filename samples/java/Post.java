// Posts one concern as a CloudEvent and waits for its receipt: java Post REFERENCE NARRATIVE [SECONDS]
//
// Needs kafka-clients and jackson-databind (pom.xml). Ends with 0 if the report was accepted, 1 if it was refused, 2 if
// no answer came in time.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Post {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String PREFIX = System.getenv().getOrDefault("SECTION42_TOPIC_PREFIX", "safeguarding.");
    static final String SOURCE = "/my-system";

    public static void main(String[] arguments) throws Exception {
        String reference = arguments[0];
        String id = reference + "-1"; // one for each thing you say; the same again when you send it again
        Duration patience = Duration.ofSeconds(arguments.length > 2 ? Long.parseLong(arguments[2]) : 30);
        String event = JSON.writeValueAsString(Map.of(
                "specversion", "1.0",
                "id", id,
                "source", SOURCE,
                "type", "safeguarding.concern.reported.v1",
                "data", Map.of(
                        "sender", "my-system",
                        "reference", reference,
                        "source", "care_home",
                        "narrative", arguments[1])));
        Map<String, Object> settings = Map.of("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP_SERVERS"));
        var words = new StringDeserializer();
        try (var consumer = new KafkaConsumer<String, String>(settings, words, words);
                var producer =
                        new KafkaProducer<String, String>(settings, new StringSerializer(), new StringSerializer())) {
            // Where receipts end is noted before anything is posted, so that ours cannot be missed.
            List<TopicPartition> receipts = consumer.partitionsFor(PREFIX + "receipts").stream()
                    .map(one -> new TopicPartition(one.topic(), one.partition()))
                    .toList();
            consumer.assign(receipts);
            consumer.endOffsets(receipts).forEach(consumer::seek);

            String key = "my-system/" + reference; // keeps what you say of one concern in order
            var record = new ProducerRecord<>(PREFIX + "concern-reports", key, event);
            byte[] structured = "application/cloudevents+json".getBytes(StandardCharsets.UTF_8);
            record.headers().add("content-type", structured);
            producer.send(record).get();
            System.exit(answer(consumer, id, patience));
        }
    }

    /** Print the answer to our event; the exit code. */
    static int answer(KafkaConsumer<String, String> consumer, String id, Duration patience) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                JsonNode receipt = JSON.readTree(record.value());
                if (names(receipt, "accepted", id)) {
                    System.out.println("accepted as concern " + receipt.path("concern_id").asText());
                    say("remark", receipt.path("remarks"));
                    return 0;
                }
                if (names(receipt, "refused", id)) {
                    say("refused", receipt.path("reasons"));
                    return 1;
                }
            }
        }
        System.out.println("no answer in " + patience.toSeconds() + " s; sending it again does no harm");
        return 2;
    }

    static boolean names(JsonNode receipt, String answer, String id) {
        return receipt.path(answer + "_source").asText().equals(SOURCE)
                && receipt.path(answer + "_id").asText().equals(id);
    }

    static void say(String what, JsonNode reasons) {
        for (JsonNode one : reasons) {
            String code = one.path("code").asText();
            System.out.println(what + " " + code + ": " + one.path("says").asText());
        }
    }
}
