{% test ranges_do_not_overlap(model, columns) %}

    {#- Half-open ranges from valid_from to valid_to; null in valid_to is still true. -#}
    with neighbours as (

        select
            {{ columns | join(', ') }},
            valid_from,
            valid_to,
            lead(valid_from) over (
                partition by {{ columns | join(', ') }} order by valid_from
            ) as next_valid_from
        from {{ model }}

    )

    select *
    from neighbours
    where valid_from >= valid_to or next_valid_from < coalesce(valid_to, 'infinity')

{% endtest %}
