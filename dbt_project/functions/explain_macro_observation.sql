with

vintages as (

    select *
    from {{ ref('fct_macro_observations') }} as observations
    where
        observations.series_id = explain_macro_observation.series_id
        and observations.observation_date = explain_macro_observation.observation_date

),

asked_for as (

    select *
    from vintages
    where
        known_from <= explain_macro_observation.known_at
        and (known_to is null or known_to > explain_macro_observation.known_at)

)

select
    json_build_object(
        'row', to_json(asked_for),
        'vintages', (
            select
                json_agg(
                    json_build_object(
                        'known_from', vintages.known_from,
                        'known_to', vintages.known_to,
                        'value', vintages.value,
                        'vintage_number', vintages.vintage_number,
                        'response_id', vintages.response_id
                    )
                    order by vintages.known_from
                )
            from vintages
        ),
        'raw', {{ function('explain_fred_rows') }}(asked_for.series_id, asked_for.observation_date)
    )
from asked_for
