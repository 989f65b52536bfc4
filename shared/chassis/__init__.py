"""The microservice chassis: every I/O detail, once."""
