"""The embedded PostgreSQL: the server of the wheel, run as a service of this home.

It listens on 127.0.0.1 alone, asks for SCRAM passwords, survives the process that started it,
and keeps its port and password for ever, so that saved connections go on working.
"""

from warehouse.embedded.server import Status, start, status, stop

__all__ = ["Status", "start", "status", "stop"]
