"""The history of the schema `audit`."""
