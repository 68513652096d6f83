"""Settings: read from the environment and `.env` here, and nowhere else.

The environment beats `.env`; an empty value counts as unset. Nothing is read at import.
"""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse import added_sources, alert_urls, clock
from warehouse.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_ADDED = added_sources.find()
PROVIDERS = (*added_sources.SHIPPED, *(one.name for one in _ADDED))
NEEDS_KEY = frozenset(
    {"twelve_data", "fmp", "fred", *(one.name for one in _ADDED if one.needs_key)}
)
FRED_WEBSITE = "https://fred.stlouisfed.org"
WATCHLIST = "SPY,QQQ,IWM,TLT,GLD,AAPL,MSFT,NVDA,BTC/USD,ETH/USD"
INTERVALS = ("1min", "5min", "15min", "1h")

Plan = Literal["free", "paid", "unlimited"]
Origin = Literal["environment", ".env", "default"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone: write it like America/New_York or UTC") from None
    return name


def _url_without_password(url: str) -> str:
    if re.match(r"[a-z0-9+]+://[^/@]*:[^/@]*@", url):
        raise ValueError("a password in a URL is shown to people: give keys in their own settings")
    return url.rstrip("/")


def _http_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("a base URL begins with http:// or https://")
    return url.rstrip("/")


def _known_intervals(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in INTERVALS]
    if unknown:
        raise ValueError(
            f"{unknown[0]!r} is no width of bars: write some of {', '.join(INTERVALS)}, "
            "separated by commas"
        )
    return ",".join(names)


Zone = Annotated[str, AfterValidator(_known_zone)]
LandingUrl = Annotated[str, AfterValidator(_url_without_password)]
BaseUrl = Annotated[str, AfterValidator(_http_url)]
Intervals = Annotated[str, AfterValidator(_known_intervals)]
Port = Annotated[int, Field(ge=1, le=65535)]


@dataclass(frozen=True)
class ProviderSettings:
    """How one provider is reached: where, with which key, under which plan.

    Attributes:
        is_keyless: whether the user asked for what its website gives away without a key, and it
            has none.
    """

    name: str
    base_url: str
    api_key: SecretStr | None
    plan: Plan
    has_own_base_url: bool
    is_keyless: bool = False

    @property
    def is_reachable(self) -> bool:
        """Whether it may be called: it has a key, needs none, or the user named a base URL."""
        is_open = self.has_own_base_url or self.is_keyless or self.name not in NEEDS_KEY
        return self.api_key is not None or is_open

    @property
    def key_variable(self) -> str:
        """The environment variable of its key."""
        return f"{self.name.upper()}_API_KEY"

    @property
    def instead_of_key(self) -> str:
        """What can be had without a key, as the end of a sentence; nothing for most."""
        is_fred = self.name == "fred"
        return "; FRED_KEYLESS=true brings the latest values without one" if is_fred else ""

    @property
    def lack_of_key(self) -> str:
        """What is missing where it may not be called, and what can be had all the same."""
        return f"{self.key_variable} is not set{self.instead_of_key}"


class Settings(BaseSettings):
    """Every setting, with its default. Field `x` is the environment variable in its alias."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", populate_by_name=True, frozen=True
    )

    database_url: SecretStr | None = Field(None, alias="MARKETFLOW_DATABASE_URL")
    postgres_host: str | None = Field(None, alias="POSTGRES_HOST")
    postgres_port: Port = Field(5432, alias="POSTGRES_PORT")
    postgres_user: str | None = Field(None, alias="POSTGRES_USER")
    postgres_password: SecretStr | None = Field(None, alias="POSTGRES_PASSWORD")
    postgres_db: str | None = Field(None, alias="POSTGRES_DB")

    home_dir: Path = Field(Path(".marketflow"), alias="MARKETFLOW_HOME")
    landing_location: LandingUrl | None = Field(None, alias="MARKETFLOW_LANDING_URL")
    s3_endpoint_url: BaseUrl | None = Field(None, alias="MARKETFLOW_S3_ENDPOINT_URL")
    s3_region: str | None = Field(None, alias="MARKETFLOW_S3_REGION")
    s3_access_key_id: SecretStr | None = Field(None, alias="MARKETFLOW_S3_ACCESS_KEY_ID")
    s3_secret_access_key: SecretStr | None = Field(None, alias="MARKETFLOW_S3_SECRET_ACCESS_KEY")
    s3_session_token: SecretStr | None = Field(None, alias="MARKETFLOW_S3_SESSION_TOKEN")
    csv_location: Path = Field(Path("data_extracts"), alias="MARKETFLOW_CSV_DIR")
    universe_file: Path = Field(Path("ingestion/universe.csv"), alias="MARKETFLOW_UNIVERSE")
    track_sp500: bool = Field(False, alias="MARKETFLOW_TRACK_SP500")
    plans_file: Path | None = Field(None, alias="MARKETFLOW_PLANS")
    profiles_location: Path | None = Field(None, alias="DBT_PROFILES_DIR")
    intervals: Intervals = Field("5min,1h", alias="MARKETFLOW_INTRADAY_INTERVALS")
    frozen_now: str | None = Field(None, alias="MARKETFLOW_NOW")
    timezone: Zone = Field("America/New_York", alias="MARKETFLOW_TIMEZONE")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="MARKETFLOW_LOG_LEVEL"
    )

    embedded_port: Port = Field(54329, alias="MARKETFLOW_POSTGRES_PORT")
    sandbox_port: Port = Field(8765, alias="MARKETFLOW_SANDBOX_PORT")
    dashboard_port: Port = Field(8501, alias="MARKETFLOW_DASHBOARD_PORT")
    dagster_port: Port = Field(3000, alias="MARKETFLOW_DAGSTER_PORT")
    docs_port: Port = Field(8080, alias="MARKETFLOW_DOCS_PORT")
    api_port: Port = Field(8000, alias="MARKETFLOW_API_PORT")
    dashboard_host: str = Field("127.0.0.1", alias="MARKETFLOW_DASHBOARD_HOST")
    dashboard_refresh_seconds: int = Field(60, ge=1, alias="MARKETFLOW_DASHBOARD_REFRESH_SECONDS")
    dashboard_viewers: str | None = Field(None, alias="MARKETFLOW_DASHBOARD_VIEWERS")

    api_host: str = Field("127.0.0.1", alias="MARKETFLOW_API_HOST")
    api_workers: int = Field(1, ge=1, le=64, alias="MARKETFLOW_API_WORKERS")
    api_keys: SecretStr | None = Field(None, alias="MARKETFLOW_API_KEYS")
    api_users: SecretStr | None = Field(None, alias="MARKETFLOW_API_USERS")
    api_anonymous: bool = Field(False, alias="MARKETFLOW_API_ANONYMOUS")
    api_token_limit: int = Field(600, ge=1, alias="MARKETFLOW_API_TOKEN_LIMIT")
    api_address_limit: int = Field(1200, ge=1, alias="MARKETFLOW_API_ADDRESS_LIMIT")
    api_max_rows: int = Field(10_000, ge=1, le=100_000, alias="MARKETFLOW_API_MAX_ROWS")
    api_cors_origins: str | None = Field(None, alias="MARKETFLOW_API_CORS_ORIGINS")
    api_trusted_proxies: str | None = Field(None, alias="MARKETFLOW_API_TRUSTED_PROXIES")
    redis_url: SecretStr | None = Field(None, alias="MARKETFLOW_REDIS_URL")

    twelve_data_api_key: SecretStr | None = Field(None, alias="TWELVE_DATA_API_KEY")
    fmp_api_key: SecretStr | None = Field(None, alias="FMP_API_KEY")
    fred_api_key: SecretStr | None = Field(None, alias="FRED_API_KEY")
    coingecko_api_key: SecretStr | None = Field(None, alias="COINGECKO_API_KEY")

    twelve_data_base_url: BaseUrl = Field(
        "https://api.twelvedata.com", alias="TWELVE_DATA_BASE_URL"
    )
    fmp_base_url: BaseUrl = Field("https://financialmodelingprep.com/stable", alias="FMP_BASE_URL")
    fred_base_url: BaseUrl = Field("https://api.stlouisfed.org/fred", alias="FRED_BASE_URL")
    coingecko_base_url: BaseUrl = Field(
        "https://api.coingecko.com/api/v3", alias="COINGECKO_BASE_URL"
    )

    twelve_data_plan: Plan = Field("free", alias="TWELVE_DATA_PLAN")
    fmp_plan: Plan = Field("free", alias="FMP_PLAN")
    fred_plan: Plan = Field("free", alias="FRED_PLAN")
    coingecko_plan: Plan = Field("free", alias="COINGECKO_PLAN")

    daily_cron: str = Field("0 17 * * 1-5", alias="MARKETFLOW_DAILY_CRON")
    fmp_cron: str = Field("*/15 9-16 * * 1-5", alias="MARKETFLOW_FMP_CRON")
    twelve_data_cron: str = Field("5 * * * *", alias="MARKETFLOW_TWELVE_DATA_CRON")
    coingecko_cron: str = Field("10 * * * *", alias="MARKETFLOW_COINGECKO_CRON")
    fred_cron: str = Field("40 8,10,16 * * 1-5", alias="MARKETFLOW_FRED_CRON")
    forecast_cron: str = Field("30 19 * * 1-5", alias="MARKETFLOW_FORECAST_CRON")
    report_cron: str = Field("15 8 * * 6", alias="MARKETFLOW_REPORT_CRON")
    maintenance_cron: str = Field("0 6 * * 0", alias="MARKETFLOW_MAINTENANCE_CRON")
    retry_seconds: int = Field(30, ge=0, alias="MARKETFLOW_RETRY_SECONDS")
    log_days: int = Field(90, ge=1, alias="MARKETFLOW_LOG_DAYS")

    alerts_file: Path = Field(Path("orchestration/alerts.yml"), alias="MARKETFLOW_ALERTS")

    fred_keyless: bool = Field(False, alias="FRED_KEYLESS")
    watchlist: str = Field(WATCHLIST, alias="MARKETFLOW_WATCHLIST")
    coingecko_top_n: int = Field(50, ge=0, le=5000, alias="MARKETFLOW_COINGECKO_TOP_N")

    @cached_property
    def home(self) -> Path:
        """The directory of everything that this project keeps on this machine."""
        return (PROJECT_ROOT / self.home_dir.expanduser()).resolve()

    @cached_property
    def universe_path(self) -> Path:
        """The CSV of tracked instruments."""
        return (PROJECT_ROOT / self.universe_file.expanduser()).resolve()

    @property
    def intraday_intervals(self) -> tuple[str, ...]:
        """The widths of the bars within a day that are fetched unless others are named."""
        return tuple(self.intervals.split(","))

    @cached_property
    def plans_path(self) -> Path | None:
        """The TOML file of limits that replace those that ship; None without one."""
        if self.plans_file is None:
            return None
        return (PROJECT_ROOT / self.plans_file.expanduser()).resolve()

    @cached_property
    def alerts_path(self) -> Path:
        """The YAML file that says of what, and where, people are told."""
        return (PROJECT_ROOT / self.alerts_file.expanduser()).resolve()

    @cached_property
    def csv_directory(self) -> Path:
        """Where extract writes CSV files, if it is asked to."""
        return (PROJECT_ROOT / self.csv_location.expanduser()).resolve()

    @cached_property
    def profiles_directory(self) -> Path:
        """Where dbt looks for profiles.yml: the project root, or where dbt's own variable says."""
        return (PROJECT_ROOT / (self.profiles_location or Path()).expanduser()).resolve()

    @cached_property
    def landing_url(self) -> str:
        """The fsspec URL or path under which response bodies are kept."""
        return self.landing_location or str(self.home / "landing")

    @property
    def landing_options(self) -> dict[str, Any]:
        """What fsspec has to know of the landing besides its URL. It holds secrets.

        Raises:
            SettingsError: one half of a pair of keys is missing.
        """
        return self.s3_options if self.landing_url.startswith(("s3://", "s3a://")) else {}

    @property
    def s3_options(self) -> dict[str, Any]:
        """What fsspec has to know of the S3 store that the settings name. It holds secrets.

        Raises:
            SettingsError: one half of a pair of keys is missing.
        """
        keys = self.s3_access_key_id, self.s3_secret_access_key
        if (keys[0] is None) != (keys[1] is None):
            raise SettingsError(
                "of MARKETFLOW_S3_ACCESS_KEY_ID and MARKETFLOW_S3_SECRET_ACCESS_KEY only one is "
                "set: set both, or neither to take the keys that AWS's own tools would"
            )
        given = {
            "key": keys[0] and keys[0].get_secret_value(),
            "secret": keys[1] and keys[1].get_secret_value(),
            "token": self.s3_session_token and self.s3_session_token.get_secret_value(),
            "endpoint_url": self.s3_endpoint_url,
            "client_kwargs": self.s3_region and {"region_name": self.s3_region},
        }
        return {
            # Others write there too: what was listed a moment ago may be out of date.
            "use_listings_cache": False,
            # More would ask for the size of each object before reading it.
            "max_concurrency": 1,
            "config_kwargs": {"connect_timeout": 10, "retries": {"max_attempts": 3}},
            **{name: value for name, value in given.items() if value},
        }

    @property
    def is_embedded(self) -> bool:
        """Whether the warehouse is the embedded server rather than one of the user's own."""
        return self.database_url is None and self.postgres_host is None

    def now(self) -> datetime:
        """The present in UTC: MARKETFLOW_NOW where it is set, else the clock."""
        return clock.now(self.frozen_now)

    def provider(self, name: str) -> ProviderSettings:
        """How the provider called `name` (one of PROVIDERS) is reached."""
        api_key = getattr(self, f"{name}_api_key")
        has_own_base_url = f"{name}_base_url" in self.model_fields_set
        is_keyless = name == "fred" and self.fred_keyless and api_key is None
        return ProviderSettings(
            name=name,
            base_url=(
                FRED_WEBSITE
                if is_keyless and not has_own_base_url
                else getattr(self, f"{name}_base_url")
            ),
            api_key=api_key,
            plan=getattr(self, f"{name}_plan"),
            has_own_base_url=has_own_base_url,
            is_keyless=is_keyless,
        )

    def secrets(self) -> list[str]:
        """Every secret value that is set, for redaction."""
        values = [getattr(self, name) for name in type(self).model_fields]
        found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        lists = [value for value in (self.api_keys, self.api_users) if value is not None]
        parts = [part.strip() for one in lists for part in one.get_secret_value().split(",")]
        return [*found, *parts, *alert_urls.secrets_of(self.alerts_path)]


def _fields_of_added_sources() -> dict[str, Any]:
    """Return the settings of sources that the model does not name, in the form of its own."""
    fields: dict[str, Any] = {}
    for one in _ADDED:
        prefix = one.name.upper()
        key = Field(None, alias=f"{prefix}_API_KEY")
        fields[f"{one.name}_api_key"] = (SecretStr | None, key)
        fields[f"{one.name}_base_url"] = (BaseUrl, Field(one.base_url, alias=f"{prefix}_BASE_URL"))
        fields[f"{one.name}_plan"] = (Plan, Field("free", alias=f"{prefix}_PLAN"))
    return fields


AllSettings: type[Settings] = (
    create_model(
        "AllSettings", __base__=Settings, __module__=__name__, **_fields_of_added_sources()
    )
    if _ADDED
    else Settings
)
"""The settings with those of added sources."""


def load_settings(env_file: Path | None = PROJECT_ROOT / ".env", **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        env_file: a dotenv file that need not exist; None reads the environment alone.
        overrides: values by field name that beat both.

    Raises:
        SettingsError: a value is malformed. The message names the variable, never its value.
    """
    try:
        return AllSettings(_env_file=env_file, **overrides)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise SettingsError(f"the setting {first['loc'][0]} is wrong: {first['msg']}") from None


def origins(env_file: Path | None = PROJECT_ROOT / ".env") -> dict[str, Origin]:
    """Return where the value of each setting comes from, by the variable's name."""
    written = dotenv_values(env_file) if env_file is not None else {}
    in_environment = {name.upper() for name, value in os.environ.items() if value}
    in_file = {name.upper() for name, value in written.items() if value}

    def origin(name: str) -> Origin:
        if name in in_environment:
            return "environment"
        return ".env" if name in in_file else "default"

    aliases = [str(field.alias) for field in AllSettings.model_fields.values()]
    return {alias: origin(alias) for alias in aliases}
