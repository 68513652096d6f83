{% macro rolling_high(column, length) -%}
    case
        when row_number() over last_{{ length }}_bars >= {{ length }}
            -- A bar without a price counts as not a number, which is beyond all others.
            then nullif(
                {{ function('rolling_high') }}(coalesce({{ column }}, 'NaN'))
                    over last_{{ length }}_bars,
                'NaN'
            )
    end
{%- endmacro %}
