"""The migrations; one that has been released is never changed again."""
