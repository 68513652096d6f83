{% macro smoothed_average(column, length, weight, seen, known) -%}
    case
        when {{ seen }} >= {{ length }}
            then {{ function('smoothed_average') }}(
                {%- if known == 'null' %}
                {{ column }},
                {%- else %}
                case when is_known then {{ known }} else {{ column }} end,
                {%- endif %}
                {{ seen }}, {{ length }}, {{ weight }}
            ) over bars_so_far
    end
{%- endmacro %}
