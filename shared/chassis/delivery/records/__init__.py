"""What a record says: read from its bytes, and written to them. Nothing here asks anybody."""
