"""Tokens: JWT that this installation signs, with one algorithm and nothing optional."""

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jwt

from api.problems import Unauthorized
from api.queries.endpoints import SCOPES
from warehouse.errors import SettingsError
from warehouse.settings import Settings

ALGORITHM = "HS256"
AUDIENCE = "marketflow-api"
LEAST_KEY_BYTES = 32
PASSWORD_TOKEN_SECONDS = 3600

_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
_NOTHING_SENT = "send a token: `Authorization: Bearer ...`; `marketflow token` prints one"
_NOT_VALID = "the token does not hold: it is damaged, expired, or signed by another key"


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        subject: the name in the token; `anonymous` without one.
        scopes: what may be asked for.
        key: what its requests are counted by; None for who is counted by address alone.
    """

    subject: str
    scopes: frozenset[str]
    key: str | None


ANONYMOUS = Caller("anonymous", frozenset(SCOPES), None)


class Keys:
    """The keys that sign and verify: the first signs, each verifies.

    Args:
        keys: newest first.

    Raises:
        SettingsError: there is none, or one is too short.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < LEAST_KEY_BYTES for key in keys):
            raise SettingsError(
                f"each key of MARKETFLOW_API_KEYS must have {LEAST_KEY_BYTES} bytes or more: "
                "make one with `openssl rand -base64 48`"
            )
        self._newest = _key_id(keys[0])
        self._keys = {_key_id(key): key for key in keys}

    def issue(self, subject: str, scopes: Sequence[str], seconds: int) -> str:
        """Return a token for `seconds` from now, by the real clock."""
        now = int(time.time())
        return jwt.encode(
            {
                "sub": subject,
                "aud": AUDIENCE,
                "iat": now,
                "exp": now + seconds,
                "scope": " ".join(scopes),
            },
            self._keys[self._newest],
            ALGORITHM,
            headers={"kid": self._newest},
        )

    def verify(self, token: str) -> Caller:
        """Return whose token it is.

        Raises:
            Unauthorized: it does not hold. The reason is not told.
        """
        try:
            key = self._keys[str(jwt.get_unverified_header(token).get("kid"))]
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["exp", "aud", "sub"], "strict_aud": True},
            )
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError):
            raise Unauthorized(_NOT_VALID) from None
        scope = claims.get("scope")
        scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset[str]()
        counted_by = hashlib.sha256(token.encode()).hexdigest()[:32]
        return Caller(str(claims["sub"]), scopes & SCOPES.keys(), counted_by)


class Users:
    """People who get a token for their password: `name:salt:hash`, separated by commas."""

    def __init__(self, listed: str | None) -> None:
        self._hashes: dict[str, tuple[bytes, bytes]] = {}
        for entry in filter(None, (listed or "").split(",")):
            try:
                name, salt, kept = entry.strip().split(":")
                self._hashes[name] = _decoded(salt), _decoded(kept)
            except ValueError:
                raise SettingsError(
                    "MARKETFLOW_API_USERS is a list of name:salt:hash, separated by commas: "
                    "`marketflow token --user NAME` prints such an entry"
                ) from None

    def admit(self, name: str, password: str) -> bool:
        """Whether the password is this user's. It takes as long for who does not exist."""
        salt, kept = self._hashes.get(name, (b"nobody's salt...", b""))
        return hmac.compare_digest(_hash(password, salt), kept)


def user_entry(name: str, password: str) -> str:
    """Return what MARKETFLOW_API_USERS holds for a user."""
    salt = secrets.token_bytes(16)
    return f"{name}:{_encoded(salt)}:{_encoded(_hash(password, salt))}"


def load_keys(settings: Settings) -> Keys:
    """Return the keys of MARKETFLOW_API_KEYS, or the one of the home, made if need be.

    Raises:
        SettingsError: one is too short, or the home cannot be written.
    """
    if settings.api_keys is not None:
        listed = settings.api_keys.get_secret_value().split(",")
        return Keys([key.strip().encode() for key in listed])
    return Keys([_key_of_home(settings)])


def bearer(headers: Mapping[str, str]) -> str | None:
    """Return the token of the headers; None without one.

    Raises:
        Unauthorized: there is something else.
    """
    given = headers.get("authorization")
    if given is None:
        return None
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(_NOTHING_SENT)
    return token.strip()


def missing() -> Unauthorized:
    """Return the problem of who sent no token."""
    return Unauthorized(_NOTHING_SENT)


def _key_of_home(settings: Settings) -> bytes:
    path = settings.home / "api" / "key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"key.{os.getpid()}.{secrets.token_hex(4)}")
            with os.fdopen(
                os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(unfinished, path)
            except FileExistsError:
                pass
            finally:
                unfinished.unlink()
        return path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(
            f"the key of the API cannot be kept in {path} ({error.strerror}): "
            "make MARKETFLOW_HOME writable, or set MARKETFLOW_API_KEYS"
        ) from None


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"kid" + key).hexdigest()[:16]


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_COST)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)
