"""A second count of the year's figures, by other means, from what came through the doors and nothing else.

It imports nothing of the services: no rule, no contract, no calendar. Where it and the services differ, one of the
two is wrong, and a person finds out which. The fault campaign's oracle stands on the same
rules, which is why they say of what is refused what is against it.
"""
