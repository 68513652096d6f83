with

twelve_data_bars as (

    select * from {{ ref('stg_twelve_data__time_series_intraday') }}

),

fmp_bars as (

    select * from {{ ref('stg_fmp__intraday_prices') }}

),

final as (

    select
        'twelve_data' as provider,
        twelve_data_symbol as provider_symbol,
        bar_interval,
        provider_stamp,
        bar_start_at,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        is_synthetic,
        fetched_at,
        request_id,
        response_id,
        load_id
    from twelve_data_bars

    union all

    select
        'fmp' as provider,
        fmp_symbol as provider_symbol,
        bar_interval,
        provider_stamp,
        bar_start_at,
        open_price,
        high_price,
        low_price,
        close_price,
        volume,
        is_final,
        is_synthetic,
        fetched_at,
        request_id,
        response_id,
        load_id
    from fmp_bars

)

select * from final
