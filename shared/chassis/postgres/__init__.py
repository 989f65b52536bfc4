"""The database as a connection: how we sign in, our tables, and what one process alone may hold."""
