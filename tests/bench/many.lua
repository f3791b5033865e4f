-- SPDX-License-Identifier: Apache-2.0
-- For wrk: each request takes one of the cookies in a file, at random. wrk … -- FILE
local requests = {}

function init(arguments)
    for line in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format(nil, nil, { Host = wrk.headers["Host"], Accept = "application/json", Cookie = line })
    end
end

function request()
    return requests[math.random(#requests)]
end
