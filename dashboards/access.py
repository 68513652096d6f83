"""Who may look: everyone on this machine or, where a login is set up, whoever has one.

Streamlit's own `st.login` talks OpenID Connect; its `[auth]` stands in .streamlit/secrets.toml.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_OPEN_TO_OTHERS = (
    "The dashboards have no login, so they answer on this machine alone: set one up "
    "(docs/guide.md), or start them in the project's folder with `marketflow up`, or with "
    "`--server.address 127.0.0.1`."
)


def is_admitted(viewers: str | None) -> bool:
    """Return whether this viewer may see a page; otherwise tell what it takes.

    Args:
        viewers: whom the settings admit, as in MARKETFLOW_DASHBOARD_VIEWERS; None is everyone
            with a login.
    """
    if "is_logged_in" not in st.user:
        if st.get_option("server.address") in _LOOPBACK:
            return True
        st.error(_OPEN_TO_OTHERS, icon=":material/lock:")
        return False
    if not st.user.is_logged_in:
        st.title("MarketFlow", anchor=False)
        st.info("The dashboards are for people with a login.", icon=":material/lock:")
        st.button("Log in", on_click=st.login, type="primary")
        return False
    _offer_to_leave()
    if not is_among(st.user.to_dict(), viewers):
        st.error(
            f"{_name()} may not see these dashboards: ask whoever runs them to add you to "
            "MARKETFLOW_DASHBOARD_VIEWERS.",
            icon=":material/lock:",
        )
        return False
    return True


def is_among(claims: Mapping[str, Any], viewers: str | None) -> bool:
    """Return whether somebody is one of the viewers.

    An address counts only where the provider says that it checked it: otherwise anybody could
    write another's into an account of their own.

    Args:
        claims: what the provider says of the person: email, email_verified.
        viewers: addresses and, with an @ before them, whole domains, separated by commas.
    """
    if viewers is None:
        return True
    address = str(claims.get("email") or "").strip().lower()
    name, _, domain = address.rpartition("@")
    if claims.get("email_verified") is not True or not name or not domain:
        return False
    admitted = {each.strip().lower() for each in viewers.split(",")}
    return bool(admitted & {address, f"@{domain}"})


def _offer_to_leave() -> None:
    with st.sidebar:
        st.caption(f"Logged in as {_name()}.")
        st.button("Log out", on_click=st.logout, key="logout")


def _name() -> str:
    return str(st.user.get("email") or st.user.get("name") or "somebody without a name")
