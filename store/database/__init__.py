"""The database: connections, write transactions, migrations."""
