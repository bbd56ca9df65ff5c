"""The operator's board: a page that reads the store, on this machine and with a secret address."""
