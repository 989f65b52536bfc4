"""From a record to the facts that follow from it, once (the delivery rules)."""
