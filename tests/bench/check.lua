-- SPDX-License-Identifier: Apache-2.0
-- A check as one writes it with the Lua module of nginx, for comparison: GET and EXPIRE in one write to a kept connection, as
-- lua-resty-redis does it (Debian has none); the session is parsed and judged, and the application is told who it is.
local json = require "cjson.safe"

local IDLE_SECONDS = "86400"

-- One reply of Redis: text, a number as text, or nil for "no such key".
local function reply(socket)
    local line, trouble = socket:receive()
    if not line then return error(trouble) end
    local kind, rest = line:sub(1, 1), line:sub(2)
    if kind == "-" then return error(rest) end
    if kind ~= "$" then return rest end
    if rest == "-1" then return nil end
    local text = assert(socket:receive(tonumber(rest)))
    assert(socket:receive(2))
    return text
end

local function get_and_slide(path, key)
    local socket = ngx.socket.tcp()
    socket:settimeouts(1000, 1000, 1000)
    assert(socket:connect(path))
    assert(socket:send({
        "*2\r\n$3\r\nGET\r\n$", #key, "\r\n", key, "\r\n",
        "*3\r\n$6\r\nEXPIRE\r\n$", #key, "\r\n", key, "\r\n$", #IDLE_SECONDS, "\r\n", IDLE_SECONDS, "\r\n",
    }))
    local text = reply(socket)
    reply(socket)
    socket:setkeepalive(60000, 64)
    return text
end

local function find_session(path)
    local token = ngx.var.cookie_gatehouse_web
    local text = token and get_and_slide(path, "session:" .. token)
    local session = text and json.decode(text)
    return session and session.expires > ngx.time() and session or nil
end

-- In the access phase of the location: the application is told by headers of the request.
local function access(path)
    local session = find_session(path)
    if not session then return ngx.exit(ngx.HTTP_UNAUTHORIZED) end
    local set_header = ngx.req.set_header
    set_header("X-Auth-User-Id", session.user)
    set_header("X-Auth-Email", session.email)
    set_header("X-Auth-Role", session.role)
    set_header("X-Auth-Permissions", session.permissions)
    set_header("X-Auth-Context", session.context)
    set_header("X-Auth-Session", session.handle)
    set_header("X-Auth-Expires", session.expires)
end

-- As the answer to an auth_request.
local function answer(path)
    local session = find_session(path)
    if not session then return ngx.exit(ngx.HTTP_UNAUTHORIZED) end
    local header = ngx.header
    header["Cache-Control"] = "no-store"
    header["X-Auth-User-Id"] = session.user
    header["X-Auth-Email"] = session.email
    header["X-Auth-Role"] = session.role
    header["X-Auth-Permissions"] = session.permissions
    header["X-Auth-Context"] = session.context
    header["X-Auth-Session"] = session.handle
    header["X-Auth-Expires"] = session.expires
    return ngx.exit(ngx.HTTP_NO_CONTENT)
end

return { access = access, answer = answer }
