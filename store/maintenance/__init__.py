"""What an operator does with a store: back it up, restore it, check it."""
