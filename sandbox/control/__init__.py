"""Controls of the sandbox for tests and demonstrations, in Python and over HTTP."""
