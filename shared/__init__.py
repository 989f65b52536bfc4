"""What the services share: the kernel, the published contracts, and the chassis that does the I/O."""
