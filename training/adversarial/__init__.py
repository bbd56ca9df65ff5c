"""Pictures painted by the guide's own guidance, as negatives of its training."""
