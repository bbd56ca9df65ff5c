"""What is answered to words that ask for no picture, or for one that cannot be painted."""
