"""What a painting begins with: the first latent, and drafts of it."""
