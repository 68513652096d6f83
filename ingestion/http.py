"""The one way out: a requests session whose failures name no key."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ingestion.answers import Answer
from ingestion.errors import ProviderFault
from ingestion.plans import HttpLimits

_USER_AGENT = "marketflow"
_PIECE_BYTES = 1 << 16
_CONNECTIONS = 32

# At DEBUG it logs every URL, and FRED takes its key in the URL alone.
for _name in ("urllib3", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.INFO)

Sign = Callable[[requests.PreparedRequest], None]


class Transport:
    """Sends GET requests, one answer each: no redirects, no cookies, no retries.

    Args:
        limits: how long to wait, and how much to take.
        session: a session of the caller's own.
    """

    def __init__(self, limits: HttpLimits, session: requests.Session | None = None) -> None:
        self._limits = limits
        self._session = session or _session()

    def prepare(self, url: str, params: Mapping[str, str]) -> requests.PreparedRequest:
        """Return a request without any key."""
        return self._session.prepare_request(
            requests.Request(
                "GET",
                url,
                params=params,
                headers={"Accept": "application/json", "User-Agent": _USER_AGENT},
            )
        )

    def send(self, request: requests.PreparedRequest, sign: Sign | None, where: str) -> Answer:
        """Sign a request, send it and return the answer, whatever its status.

        Args:
            request: what `prepare` returned; it stays without a key.
            sign: adds the key to a copy.
            where: what is asked for, for the error.

        Raises:
            ProviderFault: no answer came, or not all of it.
        """
        failure = None
        try:
            return self._exchange(request.copy(), sign)
        except _TooMuchError as error:
            failure = ProviderFault(where, str(error))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = _fault(where, error, str(request.url))
        # Raised out here, so that no traceback or context leads to the exception with the URL.
        raise failure

    def _exchange(self, request: requests.PreparedRequest, sign: Sign | None) -> Answer:
        limits = self._limits
        if sign is not None:
            sign(request)
        settings = self._session.merge_environment_settings(
            request.url or "", {}, stream=True, verify=None, cert=None
        )
        deadline = time.monotonic() + limits.total_seconds
        with self._session.send(
            request,
            timeout=(limits.connect_seconds, limits.read_seconds),
            allow_redirects=False,
            **settings,
        ) as response:
            body = bytearray()
            for piece in response.iter_content(_PIECE_BYTES):
                body += piece
                if len(body) > limits.largest_body_megabytes * 1_000_000:
                    raise _TooMuchError(
                        f"the answer is longer than {limits.largest_body_megabytes:.0f} MB"
                    )
                if time.monotonic() > deadline:
                    raise _TooMuchError(
                        f"the answer did not end within {limits.total_seconds:.0f} seconds"
                    )
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body), datetime.now(UTC))


class _TooMuchError(Exception):
    """An answer that goes on and on."""


def _session() -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Any value keeps ~/.netrc from replacing a key.
    session.auth = lambda request: request
    return session


def _fault(where: str, error: Exception, url: str) -> ProviderFault:
    """Return a failure told without the text of the exception, which may hold a key."""
    address = urlsplit(url)
    host = f"{address.hostname}:{address.port}" if address.port else str(address.hostname)
    causes = list(_causes(error))
    is_unreachable = any(
        isinstance(cause, (urllib3.exceptions.NewConnectionError, requests.ConnectTimeout))
        for cause in causes
    )
    reason = next(
        (
            cause.strerror
            for cause in causes
            if isinstance(cause, OSError) and isinstance(cause.strerror, str)
        ),
        None,
    )
    if isinstance(error, requests.exceptions.ProxyError):
        what = f"the proxy to {host} failed"
    elif isinstance(error, requests.exceptions.SSLError):
        what = f"{host} has no certificate that is trusted here"
    elif isinstance(error, requests.Timeout) and not is_unreachable:
        what = f"{host} did not answer in time"
    elif is_unreachable:
        what = f"no connection to {host}" + (f" ({reason})" if reason else "")
    else:
        what = f"the connection to {host} broke off" + (f" ({reason})" if reason else "")
    return ProviderFault(where, what, is_unreachable=is_unreachable)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that lies behind it."""
    seen: set[int] = set()
    rest: list[object] = [error]
    while rest:
        one = rest.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            rest += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
