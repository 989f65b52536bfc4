"""Look, decide, apply: what a batch finds in the database, and what it leaves there."""
