-- SPDX-License-Identifier: Apache-2.0
-- A check as one writes it with the Lua module of nginx, for comparison: GET, then EXPIRE, or both in one go, on a connection
-- that is kept, by lua-resty-redis (which Debian calls nginx.redis); the session is parsed and judged, and the application is
-- told who it is.
local json = require "cjson.safe"
local redis = require "nginx.redis"

local IDLE_SECONDS = 86400

local function get_and_slide(path, key, pipelined)
    local link = redis:new()
    link:set_timeout(1000)
    assert(link:connect(path))
    local text
    if pipelined then
        link:init_pipeline(2)
        link:get(key)
        link:expire(key, IDLE_SECONDS)
        text = assert(link:commit_pipeline())[1]
    else
        text = assert(link:get(key))
        if text ~= ngx.null then assert(link:expire(key, IDLE_SECONDS)) end
    end
    link:set_keepalive(60000, 64)
    return text ~= ngx.null and text
end

local function find_session(path, pipelined)
    local token = ngx.var.cookie_gatehouse_web
    local text = token and get_and_slide(path, "session:" .. token, pipelined)
    local session = text and json.decode(text)
    return session and session.expires > ngx.time() and session or nil
end

-- In the access phase of the location: the application is told by headers of the request.
local function access(path, pipelined)
    local session = find_session(path, pipelined)
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
    local session = find_session(path, false)
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
