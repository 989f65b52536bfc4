"""What Kafka is asked, and what is made of its answers: the log itself, beside the client library."""
