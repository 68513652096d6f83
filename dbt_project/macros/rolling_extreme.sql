{% macro rolling_extreme(which, column, length) -%}
    case
        when count({{ column }}) over last_{{ length }}_sessions = {{ length }}
            then {{ function('rolling_' ~ which) }}({{ column }}) over last_{{ length }}_sessions
    end
{%- endmacro %}
