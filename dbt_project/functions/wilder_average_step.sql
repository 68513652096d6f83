declare
    seen double precision := state[1] + 1;
begin
    if seen < length then
        return array[seen, state[2] + value, length];
    elsif seen = length then
        -- Wilder seeds his average with the plain mean of the first values.
        return array[seen, (state[2] + value) / length, length];
    end if;
    return array[seen, state[2] + (value - state[2]) / length, length];
end
