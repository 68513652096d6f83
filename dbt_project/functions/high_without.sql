begin
    -- null makes PostgreSQL look at the whole window again
    return case when leaving < extreme then extreme end;
end
