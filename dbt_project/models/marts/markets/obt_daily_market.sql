with

daily_bars as (

    select * from {{ ref('fct_daily_bars') }}

),

daily_indicators as (

    select * from {{ ref('fct_daily_indicators') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

instrument_history as (

    select * from {{ ref('dim_instrument_history') }}

),

macro_values as (

    select * from {{ ref('int_macro_values_known_daily') }}

),

macro_columns as (

    select
        session_date,
        max(value) filter (where series_id = 'FEDFUNDS') as federal_funds_rate_pct,
        max(value) filter (where series_id = 'DGS2') as treasury_2y_yield_pct,
        max(value) filter (where series_id = 'DGS10') as treasury_10y_yield_pct,
        max(value) filter (where series_id = 'CPIAUCSL') as consumer_price_index,
        max(value) filter (where series_id = 'UNRATE') as unemployment_rate_pct,
        max(value) filter (where series_id = 'GDP') as gdp_usd_billions
    from macro_values
    group by session_date

),

final as (

    select
        daily_bars.instrument_id,
        daily_bars.symbol,
        daily_bars.session_date,
        instruments.name,
        instruments.asset_class,
        instruments.currency,
        instrument_history.sector,
        instrument_history.industry,
        daily_bars.provider,
        daily_bars.volume_unit,
        daily_bars.open_price,
        daily_bars.high_price,
        daily_bars.low_price,
        daily_bars.close_price,
        daily_bars.volume,
        daily_bars.split_adjusted_open_price,
        daily_bars.split_adjusted_high_price,
        daily_bars.split_adjusted_low_price,
        daily_bars.split_adjusted_close_price,
        daily_bars.split_adjusted_volume,
        daily_bars.total_return_close_price,
        daily_indicators.return_1d,
        daily_indicators.sma_20,
        daily_indicators.sma_50,
        daily_indicators.sma_200,
        daily_indicators.ema_12,
        daily_indicators.ema_26,
        daily_indicators.macd_line,
        daily_indicators.macd_signal,
        daily_indicators.macd_histogram,
        daily_indicators.rsi_14,
        daily_indicators.bollinger_middle_20,
        daily_indicators.bollinger_upper_20,
        daily_indicators.bollinger_lower_20,
        daily_indicators.bollinger_position_20,
        daily_indicators.atr_14,
        daily_indicators.vwap_20,
        daily_indicators.volatility_20,
        daily_indicators.high_252,
        daily_indicators.low_252,
        macro_columns.federal_funds_rate_pct,
        macro_columns.treasury_2y_yield_pct,
        macro_columns.treasury_10y_yield_pct,
        macro_columns.consumer_price_index,
        macro_columns.unemployment_rate_pct,
        macro_columns.gdp_usd_billions,
        daily_bars.is_synthetic,
        daily_bars.known_from,
        daily_bars.response_id
    from daily_bars
    inner join daily_indicators
        on
            daily_bars.instrument_id = daily_indicators.instrument_id
            and daily_bars.session_date = daily_indicators.session_date
    inner join instruments
        on daily_bars.instrument_id = instruments.instrument_id
    -- As it was told by the end of that day.
    left join instrument_history
        on
            daily_bars.instrument_id = instrument_history.instrument_id
            and daily_bars.session_date + 1 > instrument_history.valid_from
            and daily_bars.session_date + 1 <= coalesce(instrument_history.valid_to, 'infinity')
    left join macro_columns
        on daily_bars.session_date = macro_columns.session_date

)

select * from final
