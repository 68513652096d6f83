"""Every failure of ingestion, with the exit code that it ends a command with.

MarketFlowError                   (warehouse.errors)
├── ProviderError             1   a provider's answer, or the lack of one, is no data
│   ├── QuotaExhausted        4   no more calls today: the source stops, the next run resumes
│   ├── RateLimited           1   too many calls this minute: wait and try again
│   ├── AuthenticationError   1   the key is missing or wrong: the source stops
│   ├── NotCoveredByPlan      1   this plan cannot have it: skipped
│   ├── NotFound              1   the provider does not know it: skipped
│   ├── EmptyWindow           1   the provider knows it and has nothing there: skipped
│   ├── ProviderFault         1   network, server or garbled answer: try again
│   └── ShapeError            1   an answer, well formed, that is not what was asked for
├── LandingError              1   the landing cannot be written or read
├── CsvError                  1   a CSV file cannot be written or read
├── OriginMismatch            1   sandbox data into a live installation, or the reverse
├── LoadError                 1   the landing cannot be loaded into raw
└── UniverseError             2   the universe is malformed (a SettingsError)
"""

from warehouse.errors import MarketFlowError, SettingsError


class ProviderError(MarketFlowError):
    """A provider gave no data: `<source> <resource> <symbols>: <what happened>; <remedy>`.

    Args:
        where: source, resource and symbols that were asked for.
        what: what the provider answered or did, without any secret.
        retry_after: seconds that the provider asks to wait, where it says so.
    """

    remedy = "see the landed response"
    is_transient = False
    stops_source = False

    def __init__(self, where: str, what: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{where}: {what}; {self.remedy}")
        self.where = where
        self.what = what
        self.retry_after = retry_after

    @property
    def reason(self) -> str:
        """What happened and what to do, without where."""
        return f"{self.what}; {self.remedy}"


class QuotaExhausted(ProviderError):
    """The plan allows no more calls today."""

    exit_code = 4
    remedy = "run the same command again when the quota is renewed: it goes on where it stopped"
    stops_source = True


class RateLimited(ProviderError):
    """Too many calls for this minute."""

    remedy = "wait a minute, or lower the provider's limits in a file for MARKETFLOW_PLANS"
    is_transient = True


class AuthenticationError(ProviderError):
    """The key is missing, wrong or of another kind."""

    remedy = "check the provider's API key and base URL in the environment or .env"
    stops_source = True


class NotCoveredByPlan(ProviderError):
    """The plan of this key does not include what was asked for.

    Args:
        is_whole_resource: whether no symbol of the resource can be had.
    """

    remedy = "it needs another plan of this provider"

    def __init__(self, where: str, what: str, *, is_whole_resource: bool = False) -> None:
        super().__init__(where, what)
        self.is_whole_resource = is_whole_resource


class NotFound(ProviderError):
    """The provider does not know the symbol or the endpoint."""

    remedy = "check its symbol in the universe"


class EmptyWindow(ProviderError):
    """The provider answered properly, and has nothing there."""

    remedy = "check its symbol in the universe, or ask for other dates"


class ProviderFault(ProviderError):
    """The network, the server or what stands between failed.

    Args:
        is_unreachable: whether not even a connection came about.
    """

    remedy = "try again later"
    is_transient = True

    def __init__(
        self,
        where: str,
        what: str,
        *,
        retry_after: float | None = None,
        is_unreachable: bool = False,
    ) -> None:
        super().__init__(where, what, retry_after=retry_after)
        self.is_unreachable = is_unreachable


class ShapeError(ProviderError):
    """A well-formed answer that is not what the documentation promises."""

    remedy = "its body is in the landing; the provider may have changed its interface"


class LandingError(MarketFlowError):
    """The landing cannot be written or read."""


class CsvError(MarketFlowError):
    """A CSV file cannot be written, or is none that can be read."""


class OriginMismatch(MarketFlowError):
    """Synthetic data met an installation of live data, or the reverse."""


class LoadError(MarketFlowError):
    """What lies in the landing cannot be loaded into raw."""


class UniverseError(SettingsError):
    """The universe file is missing or malformed."""
