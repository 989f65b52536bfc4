"""Three clocks, and the timers that fire while they agree."""
