begin
    -- state: values seen, their sum until the average is seeded and the average after, length
    return case when state[1] >= state[3] then state[2] end;
end
