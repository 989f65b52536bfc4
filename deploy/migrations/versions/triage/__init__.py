"""The history of the schema `triage`."""
