"""Viewers of the dashboards who speak Streamlit's protocol, without a browser to pay for."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from urllib.parse import quote, urlencode

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_PAGES = ("", "instrument", "compare", "correlations", "macro", "crypto", "quality")
_RANGES = ("3M", "6M", "1Y", "3Y")
_THINKING_SECONDS = (2.0, 8.0)
_LARGEST_MESSAGE = 2**26


@dataclass
class Times:
    """What viewers waited for, in milliseconds.

    Attributes:
        pages: from asking for another page until all of it has come.
        refreshes: the same of a page that refreshes itself.
        failures: what was told of exceptions and errors.
    """

    pages: list[float] = field(default_factory=list)
    refreshes: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


async def watch(
    address: str, symbols: Sequence[str], *, viewers: int, seconds: float, refresh_seconds: float
) -> Times:
    """Let so many viewers look at random pages at once, and return what they waited for.

    Half of them read a page for some seconds, then go on to another. The others leave theirs open,
    and ask for it again each `refresh_seconds`, as the browser does.

    Args:
        address: of the dashboards, as ws://host:port.
        symbols: what they look at on the page of an instrument.
        viewers: how many.
        seconds: how long.
        refresh_seconds: as in MARKETFLOW_DASHBOARD_REFRESH_SECONDS.
    """
    times = Times()
    end = time.monotonic() + seconds
    await asyncio.gather(
        *(
            _Viewer(address, symbols, number, times, refresh_seconds).looks_until(end)
            for number in range(viewers)
        )
    )
    return times


class _Viewer:
    def __init__(
        self,
        address: str,
        symbols: Sequence[str],
        number: int,
        times: Times,
        refresh_seconds: float,
    ) -> None:
        self._address = f"{address}/_stcore/stream"
        self._symbols = symbols
        self._chance = random.Random(number)
        self._stays_at = _PAGES[number // 2 % len(_PAGES)] if number % 2 else None
        self._times = times
        self._refresh_seconds = refresh_seconds

    async def looks_until(self, end: float) -> None:
        async with websockets.connect(
            self._address,
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=_LARGEST_MESSAGE,
        ) as socket:
            # Not all at once.
            await asyncio.sleep(self._chance.uniform(0, _THINKING_SECONDS[1]))
            fragments: dict[str, float] = {}
            next_page = time.monotonic()
            while (now := time.monotonic()) < end:
                if now >= next_page:
                    fragments.clear()
                    milliseconds = await self._ask(socket, self._a_page(), fragments)
                    self._times.pages.append(milliseconds)
                    next_page = self._next_page()
                due = [name for name, at in fragments.items() if at <= now]
                for name in due:
                    state = ClientState(fragment_id=name, is_auto_rerun=True)
                    self._times.refreshes.append(await self._ask(socket, state, fragments))
                soonest = min([end, next_page, *fragments.values()])
                await asyncio.sleep(max(soonest - time.monotonic(), 0))

    def _next_page(self) -> float:
        is_moving = self._stays_at is None
        return time.monotonic() + self._chance.uniform(*_THINKING_SECONDS) if is_moving else inf

    def _a_page(self) -> ClientState:
        page = self._chance.choice(_PAGES) if self._stays_at is None else self._stays_at
        choices = {"range": self._chance.choice(_RANGES)} if page else {}
        if page == "instrument":
            choices["symbol"] = self._chance.choice(self._symbols)
        return ClientState(query_string=urlencode(choices, quote_via=quote), page_name=page)

    async def _ask(
        self,
        socket: websockets.ClientConnection,
        state: ClientState,
        fragments: dict[str, float],
    ) -> float:
        """Ask for a page or a part of it, take it all, and return the milliseconds.

        `fragments` holds when each part is due again.
        """
        begin = time.monotonic()
        await socket.send(BackMsg(rerun_script=state).SerializeToString())
        is_over = False
        while not is_over:
            message = ForwardMsg.FromString(bytes(await socket.recv(decode=False)))
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                due = time.monotonic() + message.auto_rerun.interval
                fragments[message.auto_rerun.fragment_id] = due
            elif kind == "delta":
                self._times.failures += _failures(message.delta.new_element)
            is_over = kind == "script_finished"
        end = time.monotonic()
        if state.fragment_id:
            with suppress(KeyError):
                fragments[state.fragment_id] = end + self._refresh_seconds
        return 1000 * (end - begin)


def _failures(element: Element) -> list[str]:
    kind = element.WhichOneof("type")
    if kind == "exception":
        return [element.exception.message]
    if kind == "alert" and element.alert.format == Alert.ERROR:
        return [element.alert.body]
    return []
