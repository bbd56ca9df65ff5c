"""Turn messages and button presses into jobs in the store."""
