{% macro rolling_variance(column, length) -%}
    case
        when count({{ column }}) over last_{{ length }}_bars = {{ length }}
            -- Sums of numeric are exact: what has left the window leaves no trace.
            then cast(
                var_samp(cast({{ column }} as numeric)) over last_{{ length }}_bars
                as double precision
            )
    end
{%- endmacro %}
