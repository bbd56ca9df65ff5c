"""The chat page: what users see and do, in a browser."""
