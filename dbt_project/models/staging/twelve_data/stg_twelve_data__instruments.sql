with

instruments as (

    select * from {{ source('twelve_data', 'instruments') }}

),

newest as (

    select distinct on (symbol, kind, market) instruments.*
    from instruments
    order by symbol, kind, market, fetched_at desc, request_id desc

),

final as (

    select
        symbol as twelve_data_symbol,
        kind as listed_as,
        nullif(market, 'none') as market,
        {{ text_or_null('name') }} as name,
        {{ text_or_null('exchange') }} as exchange,
        {{ text_or_null('mic_code') }} as mic_code,
        {{ text_or_null('country') }} as country,
        {{ text_or_null('currency') }} as currency,
        {{ text_or_null('instrument_type') }} as instrument_type,
        {{ text_or_null('figi_code') }} as figi_code,
        {{ text_or_null('cfi_code') }} as cfi_code,
        -- Without the add-on the provider writes where to get it.
        nullif({{ text_or_null('isin') }}, 'request_access_via_add_ons') as isin,
        nullif({{ text_or_null('cusip') }}, 'request_access_via_add_ons') as cusip,
        {{ text_or_null('currency_base') }} as currency_base,
        {{ text_or_null('currency_quote') }} as currency_quote,
        {{ text_or_null('currency_group') }} as currency_group,
        {{ text_or_null('category') }} as category,
        {{ text_or_null('description') }} as description,
        cast({{ text_or_null('available_exchanges') }} as jsonb) as available_exchanges,
        request_id,
        response_id,
        fetched_at,
        is_synthetic
    from newest

)

select * from final
