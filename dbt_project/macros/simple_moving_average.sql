{% macro simple_moving_average(sums_of_10, length) -%}
    case
        when bar_number >= {{ length }} then {{ moving_sum(sums_of_10, length) }} / {{ length }}
    end
{%- endmacro %}
