-- What an adapter does: the provider's list becomes one in neutral terms, with what has no place there kept aside.
local json = require "cjson"

local function target_of(webhook)
  local configuration = webhook.configuration
  if webhook.target == "studio" then
    return { type = "flow", flow_id = configuration.flow_sid }
  end
  return { type = "http", url = configuration.url, method = configuration.method:upper() }
end

local function events_of(webhook)
  local events = {}
  for place, event in ipairs(webhook.configuration.filters or {}) do
    events[place] = webhook.target == "webhook" and "twilio:" .. event or event
  end
  return events
end

local answer = ngx.location.capture("/provider" .. ngx.var.request_uri)
if answer.status ~= 200 then
  return ngx.exit(502)
end
local list = json.decode(answer.body)
local data = {}
for place, webhook in ipairs(list.webhooks) do
  local conversation = "twilio:" .. webhook.conversation_sid
  data[place] = {
    id = webhook.sid,
    self = "/v1/conversations/" .. conversation .. "/webhooks/" .. webhook.sid,
    connection = "twilio",
    provider = "twilio",
    scope = { type = "conversation", id = conversation },
    source = "configured",
    inherited = false,
    overridden = false,
    phase = "after",
    target = target_of(webhook),
    events = events_of(webhook),
    enabled = true,
    created_at = webhook.date_created,
    updated_at = webhook.date_updated,
    extra = {
      twilio = { account_sid = webhook.account_sid, configuration = webhook.configuration, url = webhook.url },
    },
  }
end
local body = json.encode({ data = data, next_cursor = list.meta.next_page_url })
ngx.header["Content-Length"] = #body
ngx.print(body)
