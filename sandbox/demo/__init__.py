"""The demonstration: bot, engine and sandbox as processes, and the transcript."""
