"""The four roles and their passwords, which every machine derives alike from the settings."""

import hashlib
import hmac
from dataclasses import replace
from typing import Literal, get_args

from warehouse.address import Address

Role = Literal["owner", "loader", "transformer", "reader"]
ROLES: tuple[Role, ...] = get_args(Role)


def name(role: Role) -> str:
    """Return the role's name in PostgreSQL."""
    return f"marketflow_{role}"


def password(role: Role, administrator: Address) -> str:
    """Return the role's password: a keyed hash of its name under the administrator's password."""
    key = administrator.password.encode()
    return hmac.new(key, name(role).encode(), hashlib.sha256).hexdigest()


def address(role: Role, administrator: Address) -> Address:
    """Return the administrator's address with the login of `role`."""
    return replace(administrator, user=name(role), password=password(role, administrator))
