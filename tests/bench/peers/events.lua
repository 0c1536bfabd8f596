-- For wrk: POSTs events of about 600 bytes, each with an id of its own; EVENTS of them in a request, as a list
-- if there are more than one. Prints a line of JSON when it is done.
local prefix = os.getenv("PREFIX") or "w"
local events = tonumber(os.getenv("EVENTS") or "1")
local before = '{"id":"'
local after = '","created":"2026-11-30T09:00:00Z","action":"flow.run.finished","platformId":"plt_7Q2M4T8W1Y6K9Z3R5X0B",'
  .. '"projectId":"prj_7Q2M4T8W1Y6K9Z3R5X0C","data":{"flowRun":{"id":"run_7Q2M4T8W1Y6K9Z3R5X0D","status":"FAILED",'
  .. '"flowId":"flw_7Q2M4T8W1Y6K9Z3R5X0E","flowVersionId":"ver_7Q2M4T8W1Y6K9Z3R5X0F",'
  .. '"flowDisplayName":"Copy new orders to the warehouse","environment":"PRODUCTION",'
  .. '"startTime":"2026-11-30T08:59:57Z","finishTime":"2026-11-30T09:00:00Z","duration":3021,"tasks":7,'
  .. '"failedStepName":"step_3","tags":["orders","warehouse","nightly"]},'
  .. '"project":{"displayName":"Warehouse integration"}}}'
local number = 0

local function event()
  number = number + 1
  return before .. string.format("%s-%09d", prefix, number) .. after
end

function request()
  local body
  if events == 1 then
    body = event()
  else
    local list = {}
    for n = 1, events do list[n] = event() end
    body = "[" .. table.concat(list, ",") .. "]"
  end
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests": %d, "refused": %d, "broken": %d, "seconds": %.3f, "p50_ms": %.2f, "p99_ms": %.2f}\n',
    summary.requests, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
