with

coin_markets as (

    select * from {{ ref('int_coin_markets_identified') }}

),

totals as (

    select * from {{ ref('stg_coingecko__global') }}

),

instants as (

    select
        snapshot_at,
        cast(null as timestamptz) as total_at
    from coin_markets

    union

    select
        snapshot_at,
        snapshot_at as total_at
    from totals

),

neighbours as (

    select
        snapshot_at,
        max(total_at) over until_then as before_at,
        min(total_at) over from_then_on as after_at
    from instants
    window
        until_then as (
            order by snapshot_at
            range between unbounded preceding and current row
        ),
        from_then_on as (
            order by snapshot_at
            range between current row and unbounded following
        )

),

nearest as (

    select distinct
        snapshot_at,
        case
            when after_at - snapshot_at < snapshot_at - before_at or before_at is null
                then after_at
            else before_at
        end as total_at
    from neighbours

),

final as (

    select
        coin_markets.instrument_id,
        coin_markets.snapshot_at,
        -- Shares are listed by ticker, which coins share: of the ten largest each has its own.
        coalesce(
            case
                when coin_markets.market_cap_rank <= 10
                    then
                        cast(
                            totals.dominance_pct_by_coin ->> lower(coin_markets.coin_symbol)
                            as double precision
                        )
            end,
            100 * nullif(coin_markets.market_cap, 0) / nullif(totals.market_cap_usd, 0)
        ) as dominance_pct,
        totals.market_cap_usd as total_market_cap,
        totals.snapshot_at as total_at
    from coin_markets
    inner join nearest
        on coin_markets.snapshot_at = nearest.snapshot_at
    inner join totals
        on nearest.total_at = totals.snapshot_at
    where abs(extract(epoch from nearest.total_at - coin_markets.snapshot_at)) <= 3600

)

select * from final
