"""Where the bot and the engine meet: requests, jobs, credits, the outbox and the files."""
