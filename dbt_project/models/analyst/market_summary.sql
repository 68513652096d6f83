with

market_summary as (

    select * from {{ ref('fct_market_summary') }}

),

market_breadth as (

    select * from {{ ref('fct_market_breadth') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        market_summary.session_date as date,
        market_breadth.member_count,
        market_breadth.priced_count,
        market_breadth.advancers,
        market_breadth.decliners,
        market_breadth.unchanged,
        market_breadth.advance_decline_ratio,
        market_breadth.advance_decline_line,
        market_breadth.up_volume,
        market_breadth.down_volume,
        market_breadth.new_highs_252 as new_highs,
        market_breadth.new_lows_252 as new_lows,
        market_breadth.above_sma_50,
        market_breadth.above_sma_200,
        100 * market_summary.mean_return as mean_change_pct,
        100 * market_summary.median_return as median_change_pct,
        market_summary.mean_volatility_20 as mean_volatility,
        market_summary.total_volume,
        gainers.symbol as top_gainer,
        100 * market_summary.top_gainer_return as top_gainer_change_pct,
        losers.symbol as top_loser,
        100 * market_summary.top_loser_return as top_loser_change_pct
    from market_summary
    left join market_breadth
        on
            market_summary.session_date = market_breadth.session_date
            and market_breadth.index_name = 'TRACKED'
    left join instruments as gainers
        on market_summary.top_gainer_instrument_id = gainers.instrument_id
    left join instruments as losers
        on market_summary.top_loser_instrument_id = losers.instrument_id
    where market_summary.asset_class = 'equity'

)

select * from final
