with

latest_prices as (

    select * from {{ ref('fct_latest_prices') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

daily_aggregates as (

    select * from {{ ref('fct_daily_aggregates') }}

),

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

macro_headlines as (

    select * from {{ ref('int_macro_headlines_known') }}

),

macro_columns as (

    select
        max(value) filter (where series_id = 'FEDFUNDS') as federal_funds_rate_pct,
        max(value) filter (where series_id = 'DGS2') as treasury_2y_yield_pct,
        max(value) filter (where series_id = 'DGS10') as treasury_10y_yield_pct,
        max(value) filter (where series_id = 'CPIAUCSL') as consumer_price_index,
        max(value) filter (where series_id = 'UNRATE') as unemployment_rate_pct,
        max(value) filter (where series_id = 'GDP') as gdp_usd_billions
    from macro_headlines

),

final as (

    select
        latest_prices.instrument_id,
        latest_prices.symbol,
        latest_prices.name,
        latest_prices.asset_class,
        latest_prices.currency,
        instruments.sector,
        instruments.industry,
        latest_prices.session_date,
        latest_prices.provider,
        latest_prices.price_kind,
        latest_prices.price,
        latest_prices.previous_close_price,
        latest_prices.change,
        latest_prices.change_pct,
        daily_aggregates.open_price as session_open_price,
        daily_aggregates.high_price as session_high_price,
        daily_aggregates.low_price as session_low_price,
        daily_aggregates.volume as session_volume,
        daily_aggregates.session_vwap,
        newest_indicators.session_date as indicators_session_date,
        newest_indicators.split_adjusted_close_price,
        newest_indicators.return_1d,
        newest_indicators.sma_20,
        newest_indicators.sma_50,
        newest_indicators.sma_200,
        newest_indicators.ema_12,
        newest_indicators.ema_26,
        newest_indicators.macd_line,
        newest_indicators.macd_signal,
        newest_indicators.macd_histogram,
        newest_indicators.rsi_14,
        newest_indicators.bollinger_middle_20,
        newest_indicators.bollinger_upper_20,
        newest_indicators.bollinger_lower_20,
        newest_indicators.bollinger_position_20,
        newest_indicators.atr_14,
        newest_indicators.vwap_20,
        newest_indicators.volatility_20,
        newest_indicators.high_252,
        newest_indicators.low_252,
        macro_columns.federal_funds_rate_pct,
        macro_columns.treasury_2y_yield_pct,
        macro_columns.treasury_10y_yield_pct,
        macro_columns.consumer_price_index,
        macro_columns.unemployment_rate_pct,
        macro_columns.gdp_usd_billions,
        latest_prices.age_seconds,
        latest_prices.is_market_open,
        latest_prices.is_synthetic,
        latest_prices.as_of,
        latest_prices.response_id
    from latest_prices
    inner join instruments
        on latest_prices.instrument_id = instruments.instrument_id
    left join daily_aggregates
        on
            latest_prices.instrument_id = daily_aggregates.instrument_id
            and latest_prices.session_date = daily_aggregates.session_date
    left join
        lateral (
            select daily_indicators.*
            from daily_indicators
            where daily_indicators.instrument_id = latest_prices.instrument_id
            order by daily_indicators.session_date desc
            limit 1
        ) as newest_indicators
        on true
    cross join macro_columns

)

select * from final
