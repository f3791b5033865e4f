-- SPDX-License-Identifier: Apache-2.0
-- For wrk: each request has a cookie that nobody has ever had. wrk … -- NAME SEED
local before, after
local number = 0

function init(arguments)
    local cookie = arguments[1] .. "=" .. arguments[2] .. "@"
    local text = wrk.format(nil, nil, { Host = wrk.headers["Host"], Accept = "application/json", Cookie = cookie })
    before, after = text:match("^(.-)@(.*)$")
end

function request()
    number = number + 1
    return before .. string.format("%016x", number) .. after
end
