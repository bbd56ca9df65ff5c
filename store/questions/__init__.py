"""What users ask about pictures, and an engine's guides answer: names of one, or a search."""
