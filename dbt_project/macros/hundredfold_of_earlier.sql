{% macro hundredfold_of_earlier(distance) -%}
    case
        when
            session_date - lag(session_date, {{ distance }}) over earlier_sessions <= 30
            and {{
                is_hundredfold(
                    'close_price', 'lag(close_price, ' ~ distance ~ ') over earlier_sessions'
                )
            }}
            then 1
        else 0
    end
{%- endmacro %}
