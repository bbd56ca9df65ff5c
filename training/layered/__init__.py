"""Models that draw a composed picture layer by layer, and what they are trained on."""
