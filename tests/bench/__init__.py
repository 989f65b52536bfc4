"""The benchmark: what the system does a second, beside the floor and the plain way, all measured in one run."""
