"""Files of weights: their format, their tensors, and what model they hold; no code in them runs."""
