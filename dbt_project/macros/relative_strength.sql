{% macro relative_strength(average_gain, average_loss) -%}
    -- 100 when there is no loss and some gain, null on a flat history (0 / 0).
    100 * {{ average_gain }} / nullif({{ average_gain }} + {{ average_loss }}, 0)
{%- endmacro %}
