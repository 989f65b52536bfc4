"""What a process says of itself: health, metrics, documents."""
