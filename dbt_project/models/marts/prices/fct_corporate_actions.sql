with

corporate_actions as (

    select * from {{ ref('int_corporate_actions_unioned') }}

),

instruments as (

    select * from {{ ref('dim_instruments') }}

),

final as (

    select
        corporate_actions.instrument_id,
        instruments.symbol,
        corporate_actions.action_type,
        corporate_actions.ex_date,
        corporate_actions.split_ratio,
        corporate_actions.dividend,
        'fmp' as provider,
        corporate_actions.is_synthetic,
        corporate_actions.declaration_date,
        corporate_actions.record_date,
        corporate_actions.payment_date,
        corporate_actions.known_from,
        corporate_actions.response_id
    from corporate_actions
    inner join instruments
        on corporate_actions.instrument_id = instruments.instrument_id

)

select * from final
