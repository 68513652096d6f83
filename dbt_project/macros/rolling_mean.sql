{% macro rolling_mean(column, length) -%}
    case
        when count({{ column }}) over last_{{ length }}_bars = {{ length }}
            -- Sums of numeric are exact: what has left the window leaves no trace.
            then cast(
                avg(cast({{ column }} as numeric)) over last_{{ length }}_bars as double precision
            )
    end
{%- endmacro %}
