begin
    -- the plain mean of the first `length` values: a sum until they are there
    return case
        when seen > length then average + weight * (value - average)
        when seen < length then average + value
        else (average + value) / length
    end;
end
