"""What the guides answer beside the painting: the names of a picture, and a search by meaning."""
