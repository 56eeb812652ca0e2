/**
 * What happens to a list, each in one step of Redis. A script stops at its first error with what it did before kept, so the
 * write that may be refused (no memory, a key of another type) comes first.
 */

/**
 * KEYS list, processing, lease, instances, direction. ARGV id, items, bytes, lease in ms. Takes from the head; nil where
 * the list is switched to something else.
 */
export const TAKE = `
local direction = redis.call('GET', KEYS[5])
if direction and direction ~= 'in' then return false end
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[4])
redis.call('SADD', KEYS[4], ARGV[1])
local taken, bytes = {}, 0
while #taken < tonumber(ARGV[2]) and bytes < tonumber(ARGV[3]) do
  local item = redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')
  if not item then break end
  taken[#taken + 1] = item
  bytes = bytes + #item
end
return taken`

/** KEYS processing. ARGV items. Lets go of each once; those just taken lie behind, so the first found is the one. */
export const RELEASE = `
for i = 1, #ARGV do redis.call('LREM', KEYS[1], 1, ARGV[i]) end
return #ARGV`

/** KEYS dead, processing. ARGV what to keep of it, the item. */
export const BURY = `
redis.call('RPUSH', KEYS[1], ARGV[1])
return redis.call('LREM', KEYS[2], 1, ARGV[2])`

/**
 * KEYS processing, list, lease, instances. ARGV id, items at most. Gives back to the head, in order, what an instance
 * without a lease left; -1 where it has one.
 */
export const GIVE_BACK = `
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
local moved = 0
while moved < tonumber(ARGV[2]) and redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT') do moved = moved + 1 end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[4], ARGV[1]) end
return moved`

/**
 * KEYS list, fence, direction. ARGV topic-partition, the fence as it was left or '', then offset and item in turn, an
 * empty item for a record that is passed over. Pushes what lies beyond the fence and moves it. Gives the fence; 'switched',
 * where the list is switched to something else, or 'lost', where the fence is behind where it was left: Redis forgot.
 * Offsets are exact in a double up to 2^53.
 */
export const PUSH = `
local direction = redis.call('GET', KEYS[3])
if direction and direction ~= 'out' then return 'switched' end
local found = redis.call('HGET', KEYS[2], ARGV[1])
if ARGV[2] ~= '' and (not found or tonumber(found) < tonumber(ARGV[2])) then return 'lost' end
local last = tonumber(found or '-1')
for i = 3, #ARGV, 2 do
  local offset = tonumber(ARGV[i])
  if offset > last then
    if ARGV[i + 1] ~= '' then redis.call('RPUSH', KEYS[1], ARGV[i + 1]) end
    last = offset
    redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', last))
  end
end
return string.format('%.0f', last)`
