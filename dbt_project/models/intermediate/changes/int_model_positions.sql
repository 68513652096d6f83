select
    cast(null as text) as model,
    cast(null as bigint) as position,
    cast(null as bigint) as next_position
where false
