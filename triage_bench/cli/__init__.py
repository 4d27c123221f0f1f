"""The command line: where the makers and the readers of records meet."""
