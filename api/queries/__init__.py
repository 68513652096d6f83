"""The only SQL of the API. Names come from the catalog; every value is a bound parameter."""
