"""Running the system: local servers, migrations, the demonstration."""
