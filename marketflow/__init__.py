"""The command line: the top floor, which imports the others and is imported by none."""
