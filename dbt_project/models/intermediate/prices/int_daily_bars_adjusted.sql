{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ take_changes('int_daily_bar_changes', from_column='session_date') }}",
        post_hook="{{ keep_position() }}",
    )
}}

with

daily_bars as (

    {{
        changed_rows(
            ref('int_daily_bars_selected'),
            'session_date',
            'int_daily_bar_changes',
            'int_daily_bars_adjusted',
        )
    }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_aligned') }}

),

volume_bases as (

    select * from {{ ref('volume_bases') }}

),

adjustments as (

    select
        daily_bars.*,
        coalesce(next_action.cumulative_split_ratio, 1) as later_split_ratio,
        coalesce(next_action.cumulative_dividend_factor, 1) as later_dividend_factor
    from daily_bars
    left join
        lateral (
            select
                corporate_actions.cumulative_split_ratio,
                corporate_actions.cumulative_dividend_factor
            from corporate_actions
            where
                corporate_actions.instrument_id = daily_bars.instrument_id
                and corporate_actions.session_date > daily_bars.session_date
            order by corporate_actions.session_date
            limit 1
        ) as next_action
        on true

),

volumes as (

    select
        adjustments.*,
        volume_bases.volume_unit,
        case
            when volume_bases.volume_basis = 'split_adjusted'
                then adjustments.volume / adjustments.later_split_ratio
            else adjustments.volume
        end as volume_as_traded
    from adjustments
    left join volume_bases
        on
            adjustments.provider = volume_bases.provider
            and adjustments.asset_class = volume_bases.asset_class

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
