"""The database: one schema for each service, and one history that each schema goes through by itself.

`section42 migrate` runs it, for every service there is. A new revision is a file beside the last one, with `revision`
and `down_revision` (the last one's name); it writes unqualified names, because the search path is the service's own
schema, and need not grant anything. Services run while it does: take short locks, add before you remove.

The tables are the chassis', and so everybody's: what a service keeps is in `cases`. None has tables of its own.
"""
