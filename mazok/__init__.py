"""The console script `mazok`: the programs of the project under one name."""
