"""The demonstration: invented people's concerns, replayed through the real services, and what became of them."""
