"""Training data of the pocket models: art, landscapes, rendered scenes and their captions."""
