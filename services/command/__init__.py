"""The `section42` program: it composes the services, speaks to people, and is imported by nobody but tests."""
