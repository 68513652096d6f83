{% macro simple_moving_average(column, length) -%}
    case
        when count({{ column }}) over last_{{ length }}_sessions = {{ length }}
            then avg({{ column }}) over last_{{ length }}_sessions
    end
{%- endmacro %}
