with

latest_prices as (

    select * from {{ ref('int_latest_prices_selected') }}

),

daily_bars as (

    select * from {{ ref('int_daily_bars_selected') }}

),

corporate_actions as (

    select * from {{ ref('int_corporate_actions_unioned') }}

),

compared as (

    select
        latest_prices.*,
        previous_bar.session_date as previous_session_date,
        previous_bar.close_price as previous_close_price
    from latest_prices
    left join
        lateral (
            select
                daily_bars.session_date,
                daily_bars.close_price
            from daily_bars
            where
                daily_bars.instrument_id = latest_prices.instrument_id
                and daily_bars.session_date < latest_prices.session_date
            order by daily_bars.session_date desc
            limit 1
        ) as previous_bar
        on true

),

splits_between as (

    select
        compared.instrument_id,
        {{ function('product') }}(corporate_actions.split_ratio) as split_ratio
    from compared
    inner join corporate_actions
        on
            compared.instrument_id = corporate_actions.instrument_id
            and compared.previous_session_date < corporate_actions.ex_date
            and compared.session_date >= corporate_actions.ex_date
    group by compared.instrument_id

),

final as (

    select
        compared.instrument_id,
        compared.session_date,
        compared.provider,
        compared.price_kind,
        compared.price,
        -- On the morning of a split the close of yesterday is told in the shares of today.
        compared.previous_close_price / coalesce(splits_between.split_ratio, 1)
            as previous_close_price,
        compared.is_synthetic,
        compared.as_of,
        compared.response_id
    from compared
    left join splits_between
        on compared.instrument_id = splits_between.instrument_id

)

select * from final
