declare
    seen double precision := state[1] + 1;
begin
    if seen < length then
        return array[seen, state[2] + value, length];
    elsif seen = length then
        return array[seen, (state[2] + value) / length, length];
    end if;
    return array[length + 1, state[2] + weight * (value - state[2]), length];
end
