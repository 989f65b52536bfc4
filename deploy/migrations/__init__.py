"""The database: one schema and one Alembic history for each service, under `versions/<service>`.

`section42 migrate` runs them. A new revision is a file beside the last one of its service, with `revision` and
`down_revision` (the last one's name); it writes unqualified names, because the search path is the service's own
schema, and need not grant anything. Services run while it does: take short locks, add before you remove.
"""
