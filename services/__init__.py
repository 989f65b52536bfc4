"""The bounded contexts: each service is a value handed to the chassis; they meet only in Kafka."""
