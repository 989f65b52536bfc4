"""The decisions of one batch, in memory."""
