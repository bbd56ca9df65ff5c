"""Training data of the pocket models: rendered scenes and their captions."""
