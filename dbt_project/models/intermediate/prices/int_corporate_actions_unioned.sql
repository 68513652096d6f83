with

splits as (

    select * from {{ ref('stg_fmp__splits') }}

),

dividends as (

    select * from {{ ref('stg_fmp__dividends') }}

),

provider_symbols as (

    select * from {{ ref('int_provider_symbols_mapped') }}

),

unioned as (

    select
        fmp_symbol,
        'split' as action_type,
        ex_date,
        numerator / nullif(denominator, 0) as split_ratio,
        cast(null as double precision) as dividend,
        cast(null as date) as declaration_date,
        cast(null as date) as record_date,
        cast(null as date) as payment_date,
        fetched_at,
        response_id,
        is_synthetic
    from splits

    union all

    select
        fmp_symbol,
        'dividend' as action_type,
        ex_date,
        cast(null as double precision) as split_ratio,
        dividend,
        declaration_date,
        record_date,
        payment_date,
        fetched_at,
        response_id,
        is_synthetic
    from dividends

),

final as (

    select distinct on (provider_symbols.instrument_id, unioned.action_type, unioned.ex_date)
        provider_symbols.instrument_id,
        unioned.action_type,
        unioned.ex_date,
        unioned.split_ratio,
        unioned.dividend,
        unioned.is_synthetic,
        unioned.declaration_date,
        unioned.record_date,
        unioned.payment_date,
        unioned.fetched_at as known_from,
        unioned.response_id
    from unioned
    inner join provider_symbols
        on
            unioned.fmp_symbol = provider_symbols.provider_symbol
            and provider_symbols.provider = 'fmp'
            and {{ is_within('unioned.ex_date', 'provider_symbols') }}
    -- A split or a dividend of nothing acts on nothing.
    where coalesce(unioned.split_ratio, unioned.dividend) > 0
    order by
        provider_symbols.instrument_id,
        unioned.action_type,
        unioned.ex_date,
        provider_symbols.is_former,
        unioned.fetched_at desc

)

select * from final
