-- What an adapter does: the provider's list becomes one in neutral terms.
local json = require "cjson"
json.encode_empty_table_as_object(false)

local answer = ngx.location.capture("/provider" .. ngx.var.request_uri)
if answer.status ~= 200 then
  return ngx.exit(502)
end
local list = json.decode(answer.body)
local data = {}
for place, webhook in ipairs(list.webhooks) do
  local configuration = webhook.configuration
  data[place] = {
    provider = "twilio",
    id = webhook.sid,
    account_id = webhook.account_sid,
    conversation_id = webhook.conversation_sid,
    kind = webhook.target,
    callback_url = configuration.url or json.null,
    callback_method = configuration.method and configuration.method:upper() or json.null,
    events = configuration.filters or {},
    flow_id = configuration.flow_sid or json.null,
    created_at = webhook.date_created,
    updated_at = webhook.date_updated,
  }
end
local body = json.encode({ data = data, next = list.meta.next_page_url })
ngx.header["Content-Length"] = #body
ngx.print(body)
