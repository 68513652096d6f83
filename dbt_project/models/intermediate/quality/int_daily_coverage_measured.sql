with

tracked_instruments as (

    select * from {{ ref('stg_marketflow__tracked_instruments') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_aligned') }}

),

loaded_responses as (

    select * from {{ ref('stg_marketflow__loaded_responses') }}

),

skips as (

    select * from {{ ref('stg_marketflow__skips') }}

),

feeds as (

    select
        tracked_instruments.instrument_id,
        names.provider,
        names.provider_symbol,
        names.resource
    from tracked_instruments
    cross join
        lateral (
            values
            ('twelve_data', tracked_instruments.twelve_data_symbol, 'time_series_daily'),
            ('fmp', tracked_instruments.fmp_symbol, 'eod_prices'),
            ('coingecko', tracked_instruments.coingecko_id, 'market_chart')
        ) as names (provider, provider_symbol, resource)
    where
        names.provider_symbol is not null
        and tracked_instruments.asset_class != 'macro'

),

histories as (

    select
        instrument_id,
        provider,
        min(session_date) filter (where hold_out_reason is null) as first_session_date,
        max(session_date) filter (where hold_out_reason is null) as last_session_date,
        max(fetched_at) as last_changed_at
    from daily_bars
    group by instrument_id, provider

),

fetches as (

    -- An unchanged answer adds no bar, so the ledger knows of later fetches than the bars do.
    select
        source,
        resource,
        max(fetched_at) as last_fetched_at
    from loaded_responses
    where status in ('loaded', 'empty')
    group by source, resource

),

plan_skips as (

    select
        source,
        resource,
        provider_symbol,
        max(skipped_at) as skipped_at
    from skips
    where reason ~* '\mplan\M|_API_KEY|\mquota\M'
    group by source, resource, provider_symbol

),

final as (

    select
        feeds.instrument_id,
        feeds.provider,
        histories.first_session_date,
        histories.last_session_date,
        greatest(histories.last_changed_at, fetches.last_fetched_at) as last_fetched_at,
        (
            select max(plan_skips.skipped_at)
            from plan_skips
            where
                plan_skips.source = feeds.provider
                and coalesce(plan_skips.resource, feeds.resource) = feeds.resource
                and coalesce(plan_skips.provider_symbol, feeds.provider_symbol)
                = feeds.provider_symbol
                and plan_skips.skipped_at > coalesce(histories.last_changed_at, '-infinity')
        ) as plan_limited_at
    from feeds
    left join histories
        on
            feeds.instrument_id = histories.instrument_id
            and feeds.provider = histories.provider
    left join fetches
        on
            feeds.provider = fetches.source
            and feeds.resource = fetches.resource

)

select * from final
