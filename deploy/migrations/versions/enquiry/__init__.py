"""The history of the schema `enquiry`."""
