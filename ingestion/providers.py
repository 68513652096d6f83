"""The providers by name: what a folder of `sources` offers to extract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from requests import PreparedRequest

from ingestion.answers import Answer, Outcome
from ingestion.planning import Endpoint, Request


@dataclass(frozen=True)
class Provider:
    """How one provider is asked.

    Attributes:
        authenticate: signs a request with a key, for a base URL.
        credits_left: reads the rest of this minute's quota from headers by lower-case name.
        check: tells what an answer holds, or raises why it holds nothing.
        endpoints: in the order in which they are asked.
    """

    name: str
    authenticate: Callable[[PreparedRequest, str, str], None]
    credits_left: Callable[[Mapping[str, str]], int | None]
    check: Callable[[Answer, Request], Outcome]
    endpoints: tuple[Endpoint, ...]

    def endpoint(self, resource: str) -> Endpoint:
        """Return the endpoint of a resource."""
        return next(one for one in self.endpoints if one.resource == resource)


def provider(name: str) -> Provider:
    """Return the provider in the folder `sources/<name>`."""
    client = import_module(f"ingestion.sources.{name}.client")
    endpoints = import_module(f"ingestion.sources.{name}.endpoints")
    return Provider(
        name, client.authenticate, client.credits_left, client.check, endpoints.ENDPOINTS
    )
