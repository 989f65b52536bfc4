"""One folder for each service, named as its schema is."""
