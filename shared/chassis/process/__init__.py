"""What every process has and what knows of nothing else here: settings, errors, a clock, the log, the metrics."""
