"""What a job leaves in the chat: its messages and their files."""
