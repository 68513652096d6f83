with

daily_bars as (

    select * from {{ ref('int_daily_bars_screened') }}

),

pairs as (

    select * from {{ ref('int_provider_pairs_matched') }}

),

tolerances as (

    select * from {{ ref('reconciliation_tolerances') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

closes as (

    select
        pairs.instrument_id,
        pairs.provider,
        pairs.other_provider,
        daily_bars.session_date,
        max(daily_bars.close_price) filter (where daily_bars.provider = pairs.provider)
            as close_price,
        max(daily_bars.close_price) filter (where daily_bars.provider = pairs.other_provider)
            as other_close_price,
        count(*) filter (where daily_bars.close_price = daily_bars.previous_close_price)
            as unchanged_count
    from pairs
    inner join daily_bars
        on
            pairs.instrument_id = daily_bars.instrument_id
            and daily_bars.provider in (pairs.provider, pairs.other_provider)
            and daily_bars.session_date
            between pairs.first_session_date and pairs.last_session_date
    group by
        pairs.instrument_id, pairs.provider, pairs.other_provider, daily_bars.session_date

),

compared as (

    select
        closes.*,
        close_price - other_close_price as difference,
        100 * (close_price - other_close_price) / nullif(abs(other_close_price), 0)
            as difference_pct
    from closes

),

final as (

    select
        compared.instrument_id,
        instruments.symbol,
        compared.session_date,
        compared.provider,
        compared.other_provider,
        compared.close_price,
        compared.other_close_price,
        compared.difference,
        compared.difference_pct,
        case
            when compared.difference is null then 'insufficient'
            when
                compared.difference = 0
                or abs(compared.difference_pct) <= tolerances.agreement_pct
                then 'agree'
            when abs(compared.difference_pct) <= tolerances.tolerance_pct then 'within_tolerance'
            -- One has its close of the day before once more, and the other has moved on.
            when compared.unchanged_count = 1 then 'stale'
            else 'conflict'
        end as verdict
    from compared
    inner join instruments
        on compared.instrument_id = instruments.instrument_id
    left join tolerances
        on instruments.asset_class = tolerances.asset_class

)

select * from final
