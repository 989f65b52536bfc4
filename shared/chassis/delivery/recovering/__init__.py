"""What the journal knows and the database has forgotten is done again as it was."""
