"""The scripts themselves; one that has been released is never changed again."""
