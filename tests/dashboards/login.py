"""An OpenID provider on this machine, in which whoever asks logs in as the one person it knows."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "dashboards", "a-secret-of-the-client-alone"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_ALGORITHM = jwt.algorithms.RSAAlgorithm


class Provider:
    """Where the provider is, and whom it knows.

    Attributes:
        address: its issuer.
        claims: what it says of the person who logs in.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.claims: dict[str, Any] = {
            "sub": "ada",
            "name": "Ada",
            "email": "ada@example.org",
            "email_verified": True,
        }
        self._nonces: dict[str, str] = {}

    def answer(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        """What is found at a path."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        if path == "/keys":
            public = _ALGORITHM.to_jwk(_KEY.public_key(), as_dict=True)
            return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}
        assert path == "/token", path
        return {
            "access_token": "opaque",
            "token_type": "Bearer",
            "expires_in": 600,
            "id_token": self._identity(asked["code"]),
        }

    def page(self, asked: dict[str, str]) -> str:
        """The page on which the person agrees to log in."""
        code = f"code-{len(self._nonces)}"
        self._nonces[code] = asked["nonce"]
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return f'<a href="{back}">Go on as {self.claims["name"]}</a>'

    def _identity(self, code: str) -> str:
        now = int(time.time())
        told = {"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + 600}
        told["nonce"] = self._nonces.pop(code)
        return jwt.encode({**told, **self.claims}, _KEY, "RS256", {"kid": "one"})


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve a provider on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self._send("text/html", known.page(asked))
            else:
                self._send("application/json", json.dumps(known.answer(parts.path, asked)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            self._send("application/json", json.dumps(known.answer(self.path, asked)))

        def _send(self, kind: str, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known = Provider(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield known
        server.shutdown()
