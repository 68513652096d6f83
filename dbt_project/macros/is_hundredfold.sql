{% macro is_hundredfold(price, other_price) -%}
    greatest({{ price }} / {{ other_price }}, {{ other_price }} / {{ price }}) between 80 and 125
{%- endmacro %}
