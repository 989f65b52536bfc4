"""Faults injected into a running installation, and an oracle that knows what must have come of it all the same.

`python -m tests.faults --seed 1 --faults 1000` runs a campaign by hand. The oracle has its rules from
`deploy.recount`, the second count, and knows besides what is stated of what was accepted or refused, when, and in which
order. Neither shares code with the services: what they got wrong in the same way would have to be wrong twice.
`tests.support.told_once`, which shares none with any of them, looks at all topics once more, and `journals` at what was
taken under which entry.

What goes wrong is drawn from the seed: processes die or stop at a failpoint, are killed, paused, asked to end; sessions
are cut, offsets set; the servers die (`--brokers`). And, each of them at least once, else the campaign says so:

- `restore-stopped`, `restore-running`, `restore-alone`: a dump of some seconds before is put back, under nobody, under
  everybody who runs, or one service's schema of it under the others.
- `standby`: one that was cut off seconds before takes the place of the Postgres it followed, where that is the test's.
- `clock-slow`, `clock-ahead`: by the wall's clock alone, a process an hour slow or 200 days ahead for some seconds.
- `truncate`: the beginning of some logs is deleted, as far as every reader has read them.
- `kafka-late`, `postgres-late`: everybody starts while a server cannot be reached, or is silent, and it comes later.
- `half-open-kafka`, `half-open-postgres`: a link passes nothing and is not closed; then what waited passes, or it is
  cut, or it stays so until its server gives up while new ones pass. Every process has a proxy between it and each of
  the servers, shared with as few others as may be.
- `postgres-read-only`: the database takes no writes for some seconds (`default_transaction_read_only`).
- `disk-full`: its disk takes no more, a real one that is mounted for it, which root alone may do; Postgres may well
  give up over that, and is started again.
- `bomb`: a batch that unpacks to nine megabytes, in any codec. `flood`: hundreds of records at once that say not even
  which event they are. Each record of either is answered once, by its place and with the reason.
- `term-early`: told to stop at any moment after its start, a service ends within half a minute, in order. `rolling`: a
  service's instances go by names, and are replaced one by one, or die, under the same names.
- `transaction-...`: reports are sent in transactions, committed or taken back, at once or after some seconds. What was
  taken back must leave no trace.

Logs get no shorter than that: a record that is deleted before it was read is lost, a topic that is made anew holds
other records, and a service that meets either stops and tells whoever looks, as it should; nothing could be learnt from
an installation that stands still. A restore of a dump made before its records were deleted stops in the same way, so
those dumps are thrown away.
"""
