"""The database that everything connects to: settings, the embedded PostgreSQL, roles, run log.

The ground floor: imports none of the other packages.
"""
