/** What scripts return, how they fail, and what one script leaves for the next. */
import { describe, expect, it } from 'vitest';
import { compileLibrary, compileScript, LuaCompileError, sha1Hex } from '../../../../sim/redis/lua/index.ts';
import { createHost, evaluate, text } from './engine-host.ts';

describe('replies', () => {
  it.each([
    ['return 3.99', { kind: 'int', value: 3 }],
    ['return -3.99', { kind: 'int', value: -3 }],
    ['return 1e20', { kind: 'bigint', value: -(2n ** 63n) }],
    ['return true', { kind: 'int', value: 1 }],
    ['return false', { kind: 'nil' }],
    ['return nil', { kind: 'nil' }],
    ['return {ok = "fine"}', { kind: 'status', value: 'fine' }],
    ['return {err = "ERR no"}', { kind: 'error', value: 'ERR no' }],
    ['redis.setresp(3) return true', { kind: 'bool', value: true }],
    ['return {double = 1.5}', { kind: 'double', value: 1.5 }],
    [
      'return {1, 2, nil, 4}',
      {
        kind: 'array',
        value: [
          { kind: 'int', value: 1 },
          { kind: 'int', value: 2 },
        ],
      },
    ],
  ])('%s', (source, reply) => {
    expect(evaluate(source)).toEqual(reply);
  });

  it('numbers become arguments with 17 digits and text with 14', () => {
    const host = createHost();
    evaluate('redis.call("ECHO", 1700000000000 * 4096, 0.1, 1e20, -0)', { host });
    expect(host.calls).toEqual([['ECHO', '6963200000000000', '0.10000000000000001', '1e+20', '-0']]);
    expect(text('return 1700000000000 * 4096 .. ""')).toBe('6.9632e+15');
  });

  it('RESP3 replies reach a script as tables that name their kind', () => {
    const host = createHost(() => ({
      kind: 'map',
      value: [
        [
          { kind: 'bulk', value: 'f' },
          { kind: 'double', value: 1.5 },
        ],
      ],
    }));
    expect(evaluate('redis.setresp(3) return tostring(redis.call("X").map.f.double)', { host })).toEqual({
      kind: 'bulk',
      value: '1.5',
    });
    expect(evaluate('local r = redis.call("X") return {r[1], r[2]}', { host })).toEqual({
      kind: 'array',
      value: [
        { kind: 'bulk', value: 'f' },
        { kind: 'bulk', value: '1.5' },
      ],
    });
  });
});

describe('table layout', () => {
  it('pairs and cjson.encode follow the order of ltable.c', () => {
    const packed =
      'cmsgpack.pack({attempts = 3, backoff = {type = "exponential", delay = 1000}, removeOnComplete = true})';
    expect(text(`return cjson.encode(cmsgpack.unpack(${packed}))`)).toBe(
      '{"removeOnComplete":true,"backoff":{"delay":1000,"type":"exponential"},"attempts":3}',
    );
  });

  it.each([
    ['return #{1, 2, nil, 4}', 4],
    ['return #{nil, nil, 3}', 3],
    ['local t = {} t[1] = 1 t[2] = 2 t[4] = 4 return #t', 4],
  ])('%s', (source, length) => {
    expect(evaluate(source)).toEqual({ kind: 'int', value: length });
  });
});

describe('errors', () => {
  it('an uncaught error names the script, its chunk and the line', () => {
    const source = 'local x\nreturn x.y';
    expect(evaluate(source)).toEqual({
      kind: 'error',
      value: `ERR user_script:2: attempt to index local 'x' (a nil value) script: ${sha1Hex(source)}, on @user_script:2.`,
    });
  });

  it('syntax errors have the words of Lua 5.1', () => {
    const compile = (source: string) => () => compileScript(source, '');
    expect(compile('return 1 & 2')).toThrow(new LuaCompileError("user_script:1: '<eof>' expected near '&'"));
    expect(compile('if x then\n y()\n')).toThrow(
      new LuaCompileError("user_script:3: 'end' expected (to close 'if' at line 1) near '<eof>'"),
    );
    expect(compile('local goto = 1 return goto')).not.toThrow();
  });

  it('endless recursion ends as stack overflow, at the same depth each time', () => {
    const source = 'local n = 0 local function f() n = n + 1 return 1 + f() end local ok, e = pcall(f) return e .. n';
    const first = text(source);
    expect(first).toMatch(/^user_script:1: stack overflow\d+$/);
    expect(text(source)).toBe(first);
  });

  it('what tick throws ends an endless loop and passes through pcall', () => {
    const stop = new Error('stop');
    let ticks = 0;
    const host = {
      ...createHost(),
      tick() {
        if (++ticks === 5) throw stop;
      },
    };
    expect(() => evaluate('while true do pcall(function() while true do end end) end', { host })).toThrow(stop);
    expect(ticks).toBe(5);
  });
});

describe('state between scripts', () => {
  it('the random sequence goes on, and a fresh server starts it anew', () => {
    const host = createHost();
    const draw = () => evaluate('return {math.random(1000000), math.random(1000000)}', { host });
    const first = draw();
    expect(draw()).not.toEqual(first);
    expect(evaluate('return {math.random(1000000), math.random(1000000)}', { host: createHost() })).toEqual(first);
  });

  it.each([
    'x = 1',
    'string.x = 1',
    'redis.call = nil',
    'getmetatable("").__index = nil',
    '_G.x = 1',
    'table.insert(redis, 1)',
  ])('%s is refused', (source) => {
    expect(evaluate(source)).toMatchObject({
      kind: 'error',
      value: expect.stringContaining('Attempt to modify a readonly table'),
    });
  });

  it('settings of cjson stay, as in Redis', () => {
    const host = createHost();
    evaluate('cjson.encode_number_precision(3)', { host });
    expect(evaluate('return cjson.encode(3.14159)', { host })).toEqual({ kind: 'bulk', value: '3.14' });
  });
});

describe('coroutines', () => {
  it('yield from loops and nested calls, and not from comparators', () => {
    const source = `
      local function deep(n) if n == 0 then return coroutine.yield("deep") end return (deep(n - 1)) end
      local f = coroutine.wrap(function() for i = 1, 2 do coroutine.yield(i) end return deep(3) end)
      return {f(), f(), f(), f("end")}`;
    expect(evaluate(source)).toEqual({
      kind: 'array',
      value: [
        { kind: 'int', value: 1 },
        { kind: 'int', value: 2 },
        { kind: 'bulk', value: 'deep' },
        { kind: 'bulk', value: 'end' },
      ],
    });
    expect(
      text('local f = coroutine.wrap(function() table.sort({2, 1}, coroutine.yield) end) return select(2, pcall(f))'),
    ).toContain('attempt to yield across metamethod/C-call boundary');
  });
});

describe('function libraries', () => {
  it('functions get keys and arguments, and keep what they share', () => {
    const host = createHost();
    const [count] = compileLibrary(
      "\nlocal n = 0\nredis.register_function{function_name = 'count', callback = function(keys, args) n = n + 1 return {n, keys[1], args[1]} end, flags = {'no-writes'}}",
      host,
    );
    expect(count).toMatchObject({ name: 'count', flags: ['no-writes'] });
    count!.run(host, [], []);
    expect(count!.run(host, ['k'], ['a'])).toEqual({
      kind: 'array',
      value: [
        { kind: 'int', value: 2 },
        { kind: 'bulk', value: 'k' },
        { kind: 'bulk', value: 'a' },
      ],
    });
  });

  it('errors while loading have the words of FUNCTION LOAD', () => {
    const host = createHost();
    expect(() => compileLibrary('\nredis.register_function("f")', host)).toThrow(
      /^Error registering functions: ERR calling redis.register_function/,
    );
    expect(() => compileLibrary('\nif', host)).toThrow(
      "Error compiling function: user_function:2: unexpected symbol near '<eof>'",
    );
    expect(() => compileLibrary('\nreturn string.len("")', host)).toThrow("nonexistent global variable 'string'");
  });
});
