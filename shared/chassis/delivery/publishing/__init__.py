"""What was committed is told, in order."""
