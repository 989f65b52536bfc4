"""The history of the schema `intake`."""
