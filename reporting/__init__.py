"""Charts and reports over marts: a DataFrame in, a figure out. Reads marts only."""
