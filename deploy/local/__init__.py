"""A real Kafka and a real Postgres on this machine, without Docker; see `stack.py`."""
