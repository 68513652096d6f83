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
        request_id,
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
        request_id,
        response_id,
        is_synthetic
    from dividends

),

mapped as (

    select
        provider_symbols.instrument_id,
        provider_symbols.is_former,
        unioned.*
    from unioned
    inner join provider_symbols
        on
            unioned.fmp_symbol = provider_symbols.provider_symbol
            and provider_symbols.provider = 'fmp'
            and {{ is_within('unioned.ex_date', 'provider_symbols') }}

),

dated as (

    -- Once an action is known under the present symbol, what the former one says is over.
    select
        mapped.*,
        count(*) over action_versions as version_count,
        least(
            lead(fetched_at) over symbol_versions,
            case
                when is_former
                    then min(fetched_at) filter (where not is_former) over action_versions
            end
        ) as known_to
    from mapped
    window
        action_versions as (partition by instrument_id, action_type, ex_date),
        symbol_versions as (
            partition by instrument_id, action_type, ex_date, is_former
            order by fetched_at, request_id
        )

),

final as (

    select
        instrument_id,
        action_type,
        ex_date,
        split_ratio,
        dividend,
        version_count,
        is_synthetic,
        declaration_date,
        record_date,
        payment_date,
        fetched_at as known_from,
        known_to,
        response_id
    from dated
    where known_to is null or fetched_at < known_to

)

select * from final
