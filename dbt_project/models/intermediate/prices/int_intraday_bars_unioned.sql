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

    select * from {{ ref('stg_marketflow__sessions') }}

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

final as (

    select
        provider_symbols.instrument_id,
        unioned.provider,
        unioned.bar_interval,
        unioned.bar_start_at,
        sessions.session_date,
        unioned.open_price,
        unioned.high_price,
        unioned.low_price,
        unioned.close_price,
        unioned.volume,
        unioned.is_final,
        provider_symbols.is_former as is_former_symbol,
        unioned.is_synthetic,
        sessions.opens_at,
        unioned.fetched_at,
        unioned.response_id
    from unioned
    inner join provider_symbols
        on
            unioned.provider = provider_symbols.provider
            and unioned.provider_symbol = provider_symbols.provider_symbol
    inner join tracked_instruments
        on provider_symbols.instrument_id = tracked_instruments.instrument_id
    -- Regular hours only. A session lies within a day of the UTC date of its bars.
    inner join sessions
        on
            tracked_instruments.calendar = sessions.calendar
            and sessions.session_date
            between cast(unioned.bar_start_at at time zone 'UTC' as date) - 1
            and cast(unioned.bar_start_at at time zone 'UTC' as date) + 1
            and unioned.bar_start_at >= sessions.opens_at
            and unioned.bar_start_at < sessions.closes_at
    where unioned.close_price is not null

)

select * from final
