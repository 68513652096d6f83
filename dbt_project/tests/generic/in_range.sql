{% test in_range(model, column_name, minimum=none, maximum=none, is_strict=false) %}

    {#- Values outside [minimum, maximum], or at a bound too when is_strict. Null is in range. -#}
    {%- set equal = '=' if is_strict else '' %}

    select {{ column_name }}
    from {{ model }}
    where
        false
        {%- if minimum is not none %}
        or {{ column_name }} <{{ equal }} {{ minimum }}
        {%- endif %}
        {%- if maximum is not none %}
        or {{ column_name }} >{{ equal }} {{ maximum }}
        {%- endif %}

{% endtest %}
