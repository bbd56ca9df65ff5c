"""What is said to people, and by them, besides prompts: small talk and surprises."""
