with

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_aligned') }}

),

volume_bases as (

    select * from {{ ref('volume_bases') }}

),

bars_with_actions as (

    select
        daily_bars.*,
        coalesce(corporate_actions.split_ratio, 1) as split_ratio,
        coalesce(corporate_actions.dividend, 0) as dividend,
        lead(daily_bars.close_price) over newest_first as previous_close_price
    from daily_bars
    left join corporate_actions
        on
            daily_bars.instrument_id = corporate_actions.instrument_id
            and daily_bars.session_date = corporate_actions.session_date
    window newest_first as (
        partition by daily_bars.instrument_id order by daily_bars.session_date desc
    )

),

cumulated as (

    select
        bars_with_actions.*,
        {{ function('product') }}(split_ratio) over later_sessions as later_split_ratio,
        -- The previous close is as traded; with a split on the same day it is divided first.
        {{ function('product') }}(1 - dividend * split_ratio / nullif(previous_close_price, 0))
            over later_sessions as later_dividend_factor
    from bars_with_actions
    window later_sessions as (
        partition by instrument_id
        order by session_date desc
        rows between unbounded preceding and 1 preceding
    )

),

volumes as (

    select
        cumulated.*,
        volume_bases.volume_unit,
        case
            when volume_bases.volume_basis = 'split_adjusted'
                then cumulated.volume / cumulated.later_split_ratio
            else cumulated.volume
        end as volume_as_traded
    from cumulated
    left join volume_bases
        on
            cumulated.provider = volume_bases.provider
            and cumulated.asset_class = volume_bases.asset_class

),

final as (

    select
        instrument_id,
        session_date,
        asset_class,
        provider,
        volume_unit,
        open_price,
        high_price,
        low_price,
        close_price,
        volume_as_traded as volume,
        open_price / later_split_ratio as split_adjusted_open_price,
        high_price / later_split_ratio as split_adjusted_high_price,
        low_price / later_split_ratio as split_adjusted_low_price,
        close_price / later_split_ratio as split_adjusted_close_price,
        volume_as_traded * later_split_ratio as split_adjusted_volume,
        close_price / later_split_ratio * later_dividend_factor as total_return_close_price,
        later_split_ratio,
        later_dividend_factor,
        is_synthetic,
        is_known_from_assumed,
        known_from,
        response_id
    from volumes

)

select * from final
