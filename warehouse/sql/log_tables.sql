-- What our own Python writes about itself. Run as marketflow_owner. Instants are UTC.

create table if not exists raw_marketflow.pipeline_runs (
    run_id text primary key,
    job text not null,
    source text,
    trigger text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    status text not null check (status in ('running', 'succeeded', 'partial', 'failed')),
    rows bigint,
    error text,
    details jsonb
);

create index if not exists pipeline_runs_started_at
    on raw_marketflow.pipeline_runs (started_at);

create table if not exists raw_marketflow.check_results (
    run_id text not null,
    check_name text not null,
    model text,
    column_name text,
    severity text,
    status text not null check (status in ('pass', 'warn', 'fail', 'error', 'skipped')),
    failures bigint,
    message text,
    checked_at timestamptz not null,
    primary key (run_id, check_name)
);

create table if not exists raw_marketflow.api_calls (
    request_id text primary key,
    run_id text,
    source text not null,
    resource text not null,
    symbols text[],
    url text,
    requested_at timestamptz,
    duration_ms double precision,
    status integer,
    outcome text,
    error text,
    credits double precision,
    attempt integer,
    response_id text,
    bytes bigint,
    fetched_at timestamptz
);

-- What the plan of that time allowed; null is no such limit.
alter table raw_marketflow.api_calls
    add column if not exists plan text,
    add column if not exists credits_per_minute integer,
    add column if not exists credits_per_day integer;

create table if not exists raw_marketflow.loaded_responses (
    request_id text primary key,
    source text not null,
    resource text not null,
    landing_path text,
    response_id text,
    fetched_at timestamptz,
    loaded_at timestamptz,
    row_count bigint,
    new_row_count bigint,
    load_id text,
    status text not null check (status in ('loaded', 'empty', 'rejected')),
    reason text
);

create table if not exists raw_marketflow.schema_changes (
    source text not null,
    resource text not null,
    field text not null,
    kind text not null
        check (kind in ('unknown_key', 'missing_key', 'wrong_type', 'bad_value')),
    example text,
    request_id text,
    first_seen_at timestamptz,
    seen_count bigint,
    primary key (source, resource, field, kind)
);

create table if not exists raw_marketflow.skips (
    run_id text,
    source text,
    resource text,
    symbol text,
    reason text,
    skipped_at timestamptz
);

create table if not exists raw_marketflow.alerts (
    alert_id text primary key,
    alert_key text not null,
    kind text not null
        check (kind in ('stale', 'failure', 'check', 'anomaly', 'quota', 'schema_change')),
    asset text not null,
    cause text not null,
    next_step text not null,
    opened_at timestamptz not null,
    told_at timestamptz,
    recovered_at timestamptz
);

-- What is wrong is wrong once, however often it is seen.
create unique index if not exists alerts_open
    on raw_marketflow.alerts (alert_key) where recovered_at is null;

create table if not exists raw_marketflow.warehouse_stamp (
    is_single boolean primary key default true check (is_single),
    origin text not null check (origin in ('sandbox', 'live')),
    stamped_at timestamptz not null
);

create table if not exists raw_marketflow.sessions (
    calendar text not null,
    session_date date not null,
    opens_at timestamptz,
    closes_at timestamptz,
    is_half_day boolean,
    primary key (calendar, session_date)
);

create table if not exists raw_marketflow.tracked_instruments (
    instrument_id text primary key,
    symbol text not null unique,
    name text,
    asset_class text,
    calendar text,
    currency text,
    twelve_data_symbol text,
    fmp_symbol text,
    coingecko_id text,
    fred_series_id text,
    former_symbols text,
    is_active boolean,
    added_at timestamptz,
    updated_at timestamptz
);

create table if not exists raw_marketflow.tracked_instrument_versions (
    instrument_id text not null,
    known_from timestamptz not null,
    symbol text not null,
    name text,
    asset_class text,
    calendar text,
    currency text,
    twelve_data_symbol text,
    fmp_symbol text,
    coingecko_id text,
    fred_series_id text,
    former_symbols text,
    is_active boolean,
    primary key (instrument_id, known_from)
);

create table if not exists raw_marketflow.index_members (
    ticker text not null,
    name text not null,
    instrument_id text not null,
    added_at timestamptz not null,
    primary key (ticker, name)
);

-- Forecasts stay as they were made: whoever makes one again writes nothing.
create table if not exists raw_marketflow.forecasts (
    subject_id text not null,
    subject_kind text not null check (subject_kind in ('instrument', 'series')),
    origin_date date not null,
    model text not null,
    model_version text not null,
    horizon integer not null check (horizon > 0),
    target_date date not null,
    origin_value double precision not null,
    point double precision not null,
    lower double precision not null,
    upper double precision not null,
    naive_scale double precision not null,
    is_chosen boolean not null,
    is_synthetic boolean not null,
    known_as_of timestamptz not null,
    made_at timestamptz not null,
    run_id text not null,
    primary key (subject_id, origin_date, model, model_version, horizon)
);

create table if not exists raw_marketflow.yield_curve_fits (
    observation_date date not null,
    model_version text not null,
    yields_known_from timestamptz not null,
    tenor_count integer not null,
    level_pct double precision not null,
    slope_pct double precision not null,
    curvature_pct double precision not null,
    decay_months double precision not null,
    rmse_pct double precision not null,
    residuals jsonb not null,
    is_synthetic boolean not null,
    made_at timestamptz not null,
    run_id text not null,
    primary key (observation_date, model_version, yields_known_from)
);
