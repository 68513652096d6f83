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

returns as (

    select
        daily_bars.*,
        instruments.asset_class,
        daily_indicators.return_1d,
        daily_indicators.volatility_20
    from daily_bars
    inner join daily_indicators
        on
            daily_bars.instrument_id = daily_indicators.instrument_id
            and daily_bars.session_date = daily_indicators.session_date
    inner join instruments
        on daily_bars.instrument_id = instruments.instrument_id

),

movers as (

    select
        asset_class,
        session_date,
        max(return_1d) as top_gainer_return,
        min(return_1d) as top_loser_return
    from returns
    group by asset_class, session_date

),

measured as (

    select
        returns.asset_class,
        returns.session_date,
        count(*) as instrument_count,
        count(returns.return_1d) as priced_count,
        count(*) filter (where returns.return_1d > 0) as advancers,
        count(*) filter (where returns.return_1d < 0) as decliners,
        avg(returns.return_1d) as mean_return,
        percentile_cont(0.5) within group (order by returns.return_1d) as median_return,
        stddev_samp(returns.return_1d) as return_dispersion,
        avg(returns.volatility_20) as mean_volatility_20,
        -- Volumes of several units have no sum.
        case
            when min(returns.volume_unit) = max(returns.volume_unit) then sum(returns.volume)
        end as total_volume,
        case
            when min(returns.volume_unit) = max(returns.volume_unit) then min(returns.volume_unit)
        end as volume_unit,
        -- Of several with the same return, the first by name.
        min(returns.instrument_id) filter (
            where returns.return_1d = movers.top_gainer_return
        ) as top_gainer_instrument_id,
        max(movers.top_gainer_return) as top_gainer_return,
        min(returns.instrument_id) filter (
            where returns.return_1d = movers.top_loser_return
        ) as top_loser_instrument_id,
        max(movers.top_loser_return) as top_loser_return
    from returns
    inner join movers
        on
            returns.asset_class = movers.asset_class
            and returns.session_date = movers.session_date
    group by returns.asset_class, returns.session_date

),

final as (

    select
        asset_class,
        session_date,
        instrument_count,
        priced_count,
        advancers,
        decliners,
        mean_return,
        median_return,
        return_dispersion,
        mean_volatility_20,
        total_volume,
        volume_unit,
        top_gainer_instrument_id,
        top_gainer_return,
        top_loser_instrument_id,
        top_loser_return
    from measured

)

select * from final
