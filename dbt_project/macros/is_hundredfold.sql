{% macro is_hundredfold(distance) -%}
    case
        when
            session_date - lag(session_date, {{ distance }}) over earlier_sessions <= 30
            and greatest(
                close_price / lag(close_price, {{ distance }}) over earlier_sessions,
                lag(close_price, {{ distance }}) over earlier_sessions / close_price
            ) between 80 and 125
            then 1
        else 0
    end
{%- endmacro %}
