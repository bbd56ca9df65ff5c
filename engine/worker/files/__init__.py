"""What a painting writes on the way: in order, as soon as the store can be reached."""
