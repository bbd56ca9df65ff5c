"""What surrounds bot and engine in the demonstration, so that it can fail: disk, clock, webhook."""
