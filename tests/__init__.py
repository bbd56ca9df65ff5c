"""What Mazok promises, checked."""
