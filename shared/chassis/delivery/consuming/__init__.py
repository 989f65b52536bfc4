"""Which partitions are ours, where we are in each, and what keeps us from going on."""
