"""What a service keeps, read by people over HTTP."""
