/**
 * The scripts of the Redis back end. Each is one transition of a job, atomic because Redis runs scripts one at a time; times are the
 * server's own.
 *
 * Keys, all under one prefix: `job:ID` (a hash), `ready` (a stream with the consumer group `workers`: what is pending there is in somebody's
 * hands, and its idle time is the age of the last heartbeat), `delayed` (a sorted set by due time), `dead` (a stream of dead letters),
 * `events` (a stream of published events). Names of jobs are made inside the scripts, so on a cluster the prefix needs a hash tag.
 */
import { script } from './script.ts';

/** ARGV[1] is the prefix in all scripts. */
const PRELUDE = `
  local prefix = ARGV[1]
  local ready, delayed = prefix .. ':ready', prefix .. ':delayed'

  local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
  end

  local function job(id)
    return prefix .. ':job:' .. id
  end

  -- The group must exist before the first entry is read.
  local function append(id)
    if redis.call('EXISTS', ready) == 0 then
      redis.call('XGROUP', 'CREATE', ready, 'workers', '0', 'MKSTREAM')
    end
    redis.call('XADD', ready, '*', 'job', id)
  end

  local function enqueue(id, type, key, payload, attemptsMax, delayMs, parent)
    if redis.call('EXISTS', job(id)) == 1 then return 0 end
    redis.call('HSET', job(id), 'type', type, 'key', key, 'payload', payload, 'parent', parent, 'state', 'queued',
      'attempts', 0, 'silent', 0, 'fence', 0, 'attemptsMax', attemptsMax)
    if tonumber(delayMs) > 0 then redis.call('ZADD', delayed, now() + delayMs, id) else append(id) end
    return 1
  end

  -- True when the claim with that fence is the newest, and its job has not ended.
  local function holds(id, fence)
    local state, newest = unpack(redis.call('HMGET', job(id), 'state', 'fence'))
    return state == 'running' and newest == fence
  end

  -- Takes the job's entry off the stream.
  local function settle(id, entry, state)
    redis.call('XACK', ready, 'workers', entry)
    redis.call('XDEL', ready, entry)
    redis.call('HSET', job(id), 'state', state)
    redis.call('HDEL', job(id), 'owner')
  end

  local function bury(id, entry, reason, error, worker)
    settle(id, entry, 'dead')
    local type, key, payload, attempts = unpack(redis.call('HMGET', job(id), 'type', 'key', 'payload', 'attempts'))
    redis.call('XADD', prefix .. ':dead', '*', 'job', id, 'type', type, 'key', key, 'payload', payload,
      'reason', reason, 'error', error, 'attempts', attempts, 'worker', worker)
  end
`;

/** ARGV: prefix, id, type, key, payload, attemptsMax, delayMs, parent. Reply: 1 when the job is new. */
export const ENQUEUE = script(`${PRELUDE}
  return enqueue(unpack(ARGV, 2, 8))`);

/**
 * ARGV: prefix, worker. Reply: nil, or id, type, key, payload, attempt, attemptsMax, fence, entry. The attempt is counted here, before
 * anything can go wrong.
 */
export const CLAIM = script(`${PRELUDE}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now(), 'LIMIT', 0, 100)) do
    append(id)
    redis.call('ZREM', delayed, id)
  end
  if redis.call('EXISTS', ready) == 0 then return false end
  local reply = redis.call('XREADGROUP', 'GROUP', 'workers', ARGV[2], 'COUNT', 1, 'STREAMS', ready, '>')
  if not reply then return false end
  local entry, fields = unpack(reply[1][2][1])
  local id = fields[2]
  local attempt = redis.call('HINCRBY', job(id), 'attempts', 1)
  redis.call('HINCRBY', job(id), 'silent', 1)
  local fence = redis.call('HINCRBY', job(id), 'fence', 1)
  redis.call('HSET', job(id), 'state', 'running', 'owner', ARGV[2])
  local type, key, payload, attemptsMax = unpack(redis.call('HMGET', job(id), 'type', 'key', 'payload', 'attemptsMax'))
  return { id, type, key, payload, attempt, tonumber(attemptsMax), tostring(fence), entry }`);

/** ARGV: prefix, id, fence, entry, worker. Reply: 1, or 0 when the claim is not the newest. */
export const HEARTBEAT = script(`${PRELUDE}
  if not holds(ARGV[2], ARGV[3]) then return 0 end
  redis.call('XCLAIM', ready, 'workers', ARGV[5], 0, ARGV[4], 'JUSTID')
  redis.call('HSET', job(ARGV[2]), 'silent', 0)
  return 1`);

/** ARGV: prefix, id, fence, entry, result, writes, children, events (JSON). Reply: 1, or 0 and nothing was written. */
export const COMPLETE = script(`${PRELUDE}
  local id = ARGV[2]
  if not holds(id, ARGV[3]) then return 0 end
  for _, write in ipairs(cjson.decode(ARGV[6])) do redis.call(unpack(write)) end
  settle(id, ARGV[4], 'done')
  redis.call('HSET', job(id), 'result', ARGV[5])
  for _, child in ipairs(cjson.decode(ARGV[7])) do enqueue(unpack(child)) end
  for _, event in ipairs(cjson.decode(ARGV[8])) do
    redis.call('XADD', prefix .. ':events', '*', 'topic', event[1], 'key', event[2], 'payload', event[3])
  end
  return 1`);

/** ARGV: prefix, id, fence, entry, delayMs, error. Reply: 1, or 0 when the claim is not the newest. */
export const RETRY = script(`${PRELUDE}
  local id = ARGV[2]
  if not holds(id, ARGV[3]) then return 0 end
  settle(id, ARGV[4], 'queued')
  redis.call('HSET', job(id), 'error', ARGV[6], 'silent', 0)
  redis.call('ZADD', delayed, now() + ARGV[5], id)
  return 1`);

/** ARGV: prefix, id, fence, entry. Reply: 1, or 0 when the claim is not the newest. */
export const RELEASE = script(`${PRELUDE}
  local id = ARGV[2]
  if not holds(id, ARGV[3]) then return 0 end
  settle(id, ARGV[4], 'queued')
  redis.call('HINCRBY', job(id), 'attempts', -1)
  redis.call('HSET', job(id), 'silent', 0)
  append(id)
  return 1`);

/** ARGV: prefix, id, fence, entry, reason, error, worker. Reply: 1, or 0 when the claim is not the newest. */
export const BURY = script(`${PRELUDE}
  local id = ARGV[2]
  if not holds(id, ARGV[3]) then return 0 end
  bury(id, ARGV[4], ARGV[5], ARGV[6], ARGV[7])
  return 1`);

/** ARGV: prefix, worker, leaseMs, silentClaimsMax. Reply: how many were made ready again, and how many buried. */
export const SWEEP = script(`${PRELUDE}
  if redis.call('EXISTS', ready) == 0 then return { 0, 0 } end
  local requeued, buried = 0, 0
  local entries = redis.call('XAUTOCLAIM', ready, 'workers', ARGV[2], ARGV[3], '0', 'COUNT', 100)[2]
  for _, found in ipairs(entries) do
    local entry, id = found[1], found[2][2]
    local attempts, silentClaims, attemptsMax, owner =
      unpack(redis.call('HMGET', job(id), 'attempts', 'silent', 'attemptsMax', 'owner'))
    local silent = 'the worker went silent'
    if tonumber(silentClaims) >= tonumber(ARGV[4]) then
      bury(id, entry, 'crashes', silent, owner or '')
      buried = buried + 1
    elseif tonumber(attempts) >= tonumber(attemptsMax) then
      bury(id, entry, 'attempts', silent, owner or '')
      buried = buried + 1
    else
      settle(id, entry, 'queued')
      redis.call('HSET', job(id), 'error', silent)
      append(id)
      requeued = requeued + 1
    end
  end
  return { requeued, buried }`);

/** ARGV: prefix. Reply: waiting and delayed, running, dead, age of the oldest waiting job in ms. */
export const DEPTHS = script(`${PRELUDE}
  local dead = redis.call('XLEN', prefix .. ':dead')
  local late = redis.call('ZCARD', delayed)
  if redis.call('EXISTS', ready) == 0 then return { late, 0, dead, 0 } end
  local running = redis.call('XPENDING', ready, 'workers')[1]
  local group = redis.call('XINFO', 'GROUPS', ready)[1]
  local delivered = '0-0'
  for index = 1, #group, 2 do
    if group[index] == 'last-delivered-id' then delivered = group[index + 1] end
  end
  local oldest = redis.call('XRANGE', ready, '(' .. delivered, '+', 'COUNT', 1)[1]
  local age = 0
  if oldest then age = now() - tonumber(string.match(oldest[1], '^%d+')) end
  return { redis.call('XLEN', ready) - running + late, running, dead, age }`);
