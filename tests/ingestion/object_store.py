"""A real S3 API on loopback, and buckets in it."""

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

ACCESS_KEY_ID = "canary-access-key-id-0123"
SECRET_ACCESS_KEY = "canary-secret-access-key-0123456789"

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class ObjectStore:
    """An S3 server that runs."""

    endpoint_url: str

    def new_bucket(self) -> str:
        """Make a bucket and return its name."""
        name = f"bucket-{next(_NUMBERS)}"
        self.client().create_bucket(Bucket=name)
        return name

    def client(self) -> Any:
        """Return a client that stands on none of our code."""
        import botocore.session  # noqa: PLC0415 - many tests need neither it nor the server

        return botocore.session.get_session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=self.endpoint_url,
            aws_access_key_id="tester",
            aws_secret_access_key="tester",
        )

    def settings(self, bucket: str) -> dict[str, str]:
        """Return the settings, by field name, of a landing in a bucket."""
        return {
            "landing_location": f"s3://{bucket}/market/landing",
            "s3_endpoint_url": self.endpoint_url,
            "s3_region": "us-east-1",
            "s3_access_key_id": ACCESS_KEY_ID,
            "s3_secret_access_key": SECRET_ACCESS_KEY,
        }

    @contextmanager
    def that_knows_no_keys(self) -> Iterator[None]:
        """Refuse every key while the block runs."""
        self._checks_keys_after(0)
        try:
            yield
        finally:
            self._checks_keys_after(float("inf"))

    def _checks_keys_after(self, actions: float) -> None:
        address = f"{self.endpoint_url}/moto-api/reset-auth"
        assert requests.post(address, data=str(actions), timeout=10).ok


@contextmanager
def running() -> Iterator[ObjectStore]:
    """Yield a server of its own on a free port."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield ObjectStore(f"http://{host}:{port}")
    finally:
        server.stop()
