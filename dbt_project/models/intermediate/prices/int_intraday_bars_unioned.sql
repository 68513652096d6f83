with

twelve_data_bars as (

    select * from {{ ref('stg_twelve_data__time_series_intraday') }}

),

fmp_bars as (

    select * from {{ ref('stg_fmp__intraday_prices') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

sessions as (

    select * from {{ ref('int_sessions_corrected') }}

),

unioned as (

    select
        'twelve_data' as provider,
        twelve_data_symbol as provider_symbol,
        bar_interval,
        bar_start_at,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        fetched_at,
        response_id,
        is_synthetic
    from twelve_data_bars

    union all

    select
        'fmp' as provider,
        fmp_symbol as provider_symbol,
        bar_interval,
        bar_start_at,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        fetched_at,
        response_id,
        is_synthetic
    from fmp_bars

),

dated as (

    -- A session holds bars of its own UTC date and, in futures, of the evening before.
    select
        unioned.*,
        cast(unioned.bar_start_at at time zone 'UTC' as date) + days.offset_days as session_date
    from unioned
    cross join (values (0), (1)) as days (offset_days)

),

final as (

    select
        provider_symbols.instrument_id,
        dated.provider,
        dated.bar_interval,
        dated.bar_start_at,
        dated.session_date,
        dated.open_price,
        dated.high_price,
        dated.low_price,
        dated.close_price,
        dated.volume,
        dated.is_final,
        provider_symbols.is_former as is_former_symbol,
        dated.is_synthetic,
        sessions.opens_at,
        sessions.closes_at,
        dated.fetched_at,
        dated.response_id
    from dated
    inner join provider_symbols
        on
            dated.provider = provider_symbols.provider
            and dated.provider_symbol = provider_symbols.provider_symbol
            and {{ is_within('dated.session_date', 'provider_symbols') }}
    inner join tracked_instruments
        on provider_symbols.instrument_id = tracked_instruments.instrument_id
    inner join sessions
        on
            tracked_instruments.calendar = sessions.calendar
            and dated.session_date = sessions.session_date
            and dated.bar_start_at >= sessions.opens_at
            and dated.bar_start_at < sessions.closes_at
    where dated.close_price is not null

)

select * from final
