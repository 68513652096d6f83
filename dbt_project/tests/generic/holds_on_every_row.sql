{% test holds_on_every_row(model, claim) %}

    {#- A claim that is null on a row, because a value is, counts as held. -#}
    select *
    from {{ model }}
    where not ({{ claim }})

{% endtest %}
