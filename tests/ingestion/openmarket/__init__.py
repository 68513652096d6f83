"""A source beyond the four, as docs/adding_a_source.md describes one: closes of an invented API."""
