"""Faults injected into a running installation, and an oracle that knows what must have come of it all the same.

`python -m tests.faults --seed 1 --faults 1000` runs a campaign by hand. The oracle and the rules it goes by share
no code with the services: what both got wrong in the same way would have to be wrong twice.
"""
