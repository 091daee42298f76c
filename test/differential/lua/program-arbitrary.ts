/**
 * Random Lua programs, as texts.
 *
 * Each program is a list of statements over the same few variables; each statement runs in a `pcall` of its own and its outcome is logged, so
 * that one error does not hide what follows. The result is a dump of the log and of all variables, tables in the order of `pairs`.
 *
 * Left out because Redis's own outcome is arbitrary: addresses (tables as keys, `tostring` of a table) and the sign of NaN.
 */
import fc from 'fast-check';

/** Helpers that every program starts with. */
const PRELUDE = `
local out = {}
local steps = 0
local function step() steps = steps + 1 if steps > 300 then error("steps") end end
local show
show = function(v, depth)
  local kind = type(v)
  if kind == "number" then
    if v ~= v then return "NaN" end
    return string.format("%.14g", v)
  elseif kind == "string" then
    return string.format("%q", v)
  elseif kind == "table" then
    if depth > 4 then return "..." end
    local parts = {}
    for k, x in pairs(v) do parts[#parts + 1] = "[" .. show(k, depth + 1) .. "]=" .. show(x, depth + 1) end
    return "{" .. table.concat(parts, ",") .. "}#" .. #v
  elseif kind == "boolean" or kind == "nil" then
    return tostring(v)
  end
  return kind
end
local function log(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = show((select(i, ...)), 0) end
  out[#out + 1] = table.concat(parts, " ")
end
local function K(v)
  local kind = type(v)
  if kind == "table" or kind == "function" or kind == "thread" or kind == "userdata" then return kind end
  return v
end
local a, b, c = 1, "two", nil
local t, u = {1, 2, 3}, {x = 1, y = "why", [10] = true}
local function f(x, y) return y, x end
local mt = {
  __index = function(s, k) return k end, __add = function(p, q) return "add" end, __concat = function(p, q) return "cat" end,
  __lt = function(p, q) return true end, __call = function(s, ...) return select("#", ...), ... end, __unm = function() return "unm" end,
}
local m = setmetatable({}, mt)
`;

const EPILOGUE = `
log(a, b, c, t, u)
return (table.concat(out, "\\n"):gsub("%-nan", "nan"))
`;

/** A Lua string literal of bytes. */
export function quoteLua(text: string): string {
  let literal = '"';
  for (let i = 0; i < text.length; i++) literal += `\\${String(text.charCodeAt(i)).padStart(3, '0')}`;
  return `${literal}"`;
}

const number = fc.oneof(
  fc.integer({ min: -3, max: 12 }).map(String),
  fc.constantFrom(
    '0.5',
    '-1.5',
    '2.5',
    '1e15',
    '123456789012345',
    '2^31',
    '2^53',
    '-2^31',
    '1e300',
    '0.1',
    '1/3',
    '0x10',
    '255',
    '-0',
    '1e14',
    '(1/0)',
  ),
);

const text = fc.oneof(
  fc.constantFrom(
    '""',
    '"x"',
    '"y"',
    '"key1"',
    '"key2"',
    '"10"',
    '" 7 "',
    '"0x1f"',
    '"1e2"',
    '"abc"',
    '"a.b.c"',
    '"hello world"',
    '"%d+"',
    '"a long key that is longer than 32 bytes"',
  ),
  fc
    .string({ maxLength: 6, unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })
    .map(quoteLua),
);

const name = fc.constantFrom('a', 'b', 'c', 't', 'u', 'm', 'f');
const atom = fc.oneof(
  { weight: 4, arbitrary: number },
  { weight: 4, arbitrary: text },
  { weight: 5, arbitrary: name },
  { weight: 1, arbitrary: fc.constantFrom('nil', 'true', 'false', '{}', 'cjson.null', 'KEYS[1]', 'ARGV') },
);

/** Library functions with the argument kinds that they usually take. `e` is anything. */
const CALLS: readonly string[] = [
  'string.sub s n n',
  'string.sub s n',
  'string.byte s n n',
  'string.char n n',
  'string.rep s n',
  'string.reverse s',
  'string.upper s',
  'string.len s',
  'string.find s p n',
  'string.find s p n e',
  'string.match s p',
  'string.match s p n',
  'string.gsub s p s',
  'string.gsub s p s n',
  'string.gsub s p f',
  'string.gsub s p u',
  'string.format F e e',
  'string.format F e',
  'string.lower e',
  'string.format F n n',
  'table.concat t s',
  'table.concat t s n n',
  'table.insert t e',
  'table.insert t i e',
  'table.remove t',
  'table.remove t i',
  'table.getn t',
  'table.maxn t',
  'table.insert e e',
  'tonumber e',
  'tonumber s n',
  'type e',
  'select n e e e',
  'select "#" e e',
  'unpack t',
  'unpack t n n',
  'next t',
  'rawget t k',
  'rawequal e e',
  'rawset t k e',
  'ipairs e',
  'assert e e',
  'assert e s',
  'math.floor n',
  'math.ceil n',
  'math.max n n',
  'math.min e n',
  'math.abs n',
  'math.fmod n 3',
  'math.modf n',
  'math.frexp n',
  'math.ldexp n n',
  'math.random 100',
  'math.random n n',
  'math.sqrt 16',
  'cjson.encode e',
  'cjson.encode t',
  'cjson.decode J',
  'cjson.decode s',
  'cmsgpack.pack e e',
  'cmsgpack.pack t',
  'cmsgpack.unpack M',
  'cmsgpack.unpack s',
  'cmsgpack.unpack_one M n',
  'cmsgpack.unpack_limit M n n',
  'struct.pack P n n',
  'struct.unpack P s',
  'struct.pack P e',
  'struct.unpack P M',
  'struct.size P',
  'bit.band n n',
  'bit.bor n e',
  'bit.bxor n n',
  'bit.lshift n n',
  'bit.rshift n n',
  'bit.arshift n n',
  'bit.rol n n',
  'bit.bswap n',
  'bit.tohex n n',
  'bit.tobit n',
  'bit.bnot e',
  'redis.sha1hex e',
  'redis.error_reply s',
  'redis.status_reply s',
  'redis.call "ECHO" e',
  'redis.pcall "ECHO" e',
  'redis.pcall "nosuch"',
  'redis.call e',
  'error s',
  'error s 1',
  'pcall error s',
  'pcall f e e',
  'm e e',
  'f e',
  'a e',
  'setmetatable t nil',
  'getmetatable e',
  'collectgarbage "bad"',
  'loadstring L',
  'string.rep e e',
  'xpcall f f',
];

const pattern = fc.oneof(
  fc.constantFrom(
    '"%d+"',
    '"(%w+)"',
    '"^%s*(.-)%s*$"',
    '"."',
    '"[^a-c]+"',
    '"%b()"',
    '"(a)(b)"',
    '"%f[%w]%w+"',
    '"()"',
    '"x*"',
    '"l-o"',
    '"[%a_]?"',
    '"%1"',
    '"(.)%1"',
    '"["',
    '"%"',
    '"("',
    '"$"',
    '"^a"',
    '"[]]"',
    '"[a-]"',
    '"%x"',
    '"a.-b"',
  ),
  text,
);
const format = fc.oneof(
  fc.constantFrom(
    '"%d"',
    '"%s"',
    '"%q"',
    '"%5.2f"',
    '"%x"',
    '"%g"',
    '"%-8s|"',
    '"%05d"',
    '"%+d %s"',
    '"%.3s"',
    '"%c"',
    '"%e"',
    '"%i%%"',
    '"%.14g"',
    '"%.17g"',
    '"%10.4g|"',
    '"%#x %o"',
    '"%u"',
    '"%"',
    '"%z"',
    '"%5"',
    '"% d"',
    '"%.0f"',
  ),
  text,
);
const json = fc.oneof(
  fc.json({ maxDepth: 2 }).map((value) => quoteLua(Buffer.from(value, 'utf8').toString('latin1'))),
  fc.constantFrom(
    '"[1,2,"',
    '"{\\"a\\":1,}"',
    '"[1,2]x"',
    '"nul"',
    '"{1:2}"',
    '"\\"\\\\u00zz\\""',
    '"-"',
    '"[1.5e3,0x10,-0]"',
    '""',
  ),
);
const packed = fc.oneof(
  text,
  fc
    .string({
      maxLength: 12,
      unit: fc.constantFrom(
        '\x01',
        '\x81',
        '\x92',
        '\xa3',
        'a',
        'b',
        '\xc0',
        '\xc3',
        '\xcc',
        '\xcd',
        '\xd0',
        '\xd9',
        '\xdc',
        '\xff',
        '\x7f',
        '\xca',
        '\xcb',
      ),
    })
    .map(quoteLua),
);
const layout = fc.oneof(
  fc
    .string({
      maxLength: 5,
      unit: fc.constantFrom(
        'b',
        'B',
        'h',
        'H',
        'i',
        'I',
        'l',
        'L',
        'd',
        'f',
        's',
        'x',
        '>',
        '<',
        '!',
        '4',
        '2',
        'c',
        ' ',
        'T',
        '8',
      ),
    })
    .map(quoteLua),
  fc.constantFrom('"i4"', '">I2"', '"c0"', '"Bc0"', '"z"', '"!3i"'),
);
const chunk = fc.constantFrom(
  '"return 1"',
  '"x ="',
  '"return ..."',
  '"local x = nil x.y = 1"',
  '"for"',
  '"return 1 +"',
  '"error(\'z\')"',
  '"return [["',
);

const { expression } = fc.letrec<{ expression: string; call: string }>((tie) => ({
  call: fc.constantFrom(...CALLS).chain((shape) => {
    const [callee, ...kinds] = shape.split(' ');
    return fc
      .tuple(...kinds.map((kind) => argument(kind, tie('expression'))))
      .map((args) => `${callee}(${args.join(', ')})`);
  }),
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'expression' },
    { weight: 6, arbitrary: atom },
    { weight: 4, arbitrary: tie('call') },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          tie('expression'),
          fc.constantFrom('+', '-', '*', '/', '%', '..', '==', '~=', '<', '<=', '>', '>=', 'and', 'or', '^ 2 +'),
          tie('expression'),
        )
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('-', 'not ', '#'), tie('expression'))
        .map(([operator, operand]) => `(${operator}${operand})`),
    },
    { weight: 2, arbitrary: fc.tuple(name, tie('expression')).map(([object, key]) => `${object}[K(${key})]`) },
    {
      weight: 1,
      arbitrary: fc.tuple(name, fc.constantFrom('x', 'y', 'key1', 'z')).map(([object, key]) => `${object}.${key}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(
          fc.tuple(
            fc.constantFrom('', 'x = ', 'key1 = ', '[2] = ', '["10"] = ', '[1.5] = ', '[1] = '),
            tie('expression'),
          ),
          { maxLength: 5 },
        )
        .map((items) => `{${items.map(([key, value]) => key + value).join(', ')}}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('sub(2)', 'upper()', 'len()', 'rep(2)', 'nosuch()', 'byte()', 'format(1)'),
          tie('expression'),
        )
        .map(([method, object]) => `(${object}):${method}`),
    },
    { weight: 1, arbitrary: tie('expression').map((value) => `(function(...) return ${value}, ... end)(1, nil)`) },
  ),
}));

function argument(kind: string, anything: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const usual: Record<string, fc.Arbitrary<string>> = {
    n: number,
    i: fc.integer({ min: -3, max: 20 }).map(String),
    s: text,
    p: pattern,
    F: format,
    J: json,
    M: packed,
    P: layout,
    L: chunk,
    t: fc.constantFrom('t', 'u'),
    u: fc.constant('u'),
    k: anything.map((key) => `K(${key})`),
    f: fc.constant('f'),
    e: anything,
  };
  const arbitrary = usual[kind];
  if (arbitrary === undefined) return fc.constant(kind);
  if (kind === 'k' || kind === 'e' || kind === 't' || kind === 'i') return arbitrary;
  return fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: anything });
}

const { statement } = fc.letrec<{ statement: string; block: string }>((tie) => ({
  block: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }).map((items) => items.join('\n')),
  statement: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'statement' },
    { weight: 6, arbitrary: expression.map((value) => `log(${value})`) },
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c'), expression).map(([target, value]) => `${target} = ${value}`),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom('t', 'u'), expression, expression)
        .map(([target, key, value]) => `${target}[K(${key})] = ${value}`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('t', 'u'), fc.constantFrom('x', 'y', 'key1', 'key2', 'z'), expression)
        .map(([target, key, value]) => `${target}.${key} = ${value}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('t', 'u'), expression)
        .map(([target, value]) => `${target} = K(${value}) == "table" and ${value} or ${target}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('a, b', 't[1], a', 'b, t.x, c', 'a, t[K(a)]'), expression, expression)
        .map(([targets, x, y]) => `${targets} = ${x}, ${y}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(expression, tie('block'), tie('block'))
        .map(([condition, yes, no]) => `if ${condition} then\n${yes}\nelse\n${no}\nend`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(number, fc.integer({ min: 0, max: 30 }), tie('block'))
        .map(([start, count, body]) => `for i = ${start}, ${start} + ${count} do\na = i\n${body}\nstep() end`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('t', 'u'),
          fc.integer({ min: 1, max: 40 }),
          fc.constantFrom('i', '"k" .. i', 'i * 3', '-i', '2 ^ i', 'i / 2', '"key" .. i % 7'),
        )
        .map(([target, count, key]) => `for i = 1, ${count} do ${target}[${key}] = i end`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('t', 'u'), fc.integer({ min: 2, max: 5 }))
        .map(
          ([target, modulus]) =>
            `local n = 0 for k, v in pairs(${target}) do step() n = n + 1 if n % ${modulus} == 0 then ${target}[k] = nil end end`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'pairs(t)',
            'ipairs(t)',
            'pairs(u)',
            'next, t',
            'ipairs(a)',
            'string.gmatch("a b c", "%a")',
            'f, 1, nil',
          ),
          tie('block'),
        )
        .map(([iterator, body]) => `for k, v in ${iterator} do\nc = v\n${body}\nstep() end`),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('a < b', 'a > b', 'true', 'a', '#out % 2 == 0', 'tostring(K(a)) < tostring(K(b))')
        .map((order) => `table.sort(t, function(a, b) return ${order} end)`),
    },
    { weight: 1, arbitrary: fc.constant('table.sort(t)') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(expression, fc.integer({ min: 0, max: 3 }))
        .map(
          ([value, level]) =>
            `local function g()\nerror(K(${value}), ${level})\nend\nlocal function h()\ng()\nend\nlog(pcall(h))\nh()`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(expression, expression)
        .map(
          ([first, second]) =>
            `local co = coroutine.wrap(function(...)\nlog(...)\nlog(coroutine.yield(${first}))\nreturn ${second}\nend)\nlog(co(1, 2))\nlog(co(3))\nlog(co())`,
        ),
    },
    {
      weight: 1,
      arbitrary: tie('block').map(
        (body) =>
          `local co = coroutine.create(function()\n${body}\ncoroutine.yield(1)\n${body}\nend)\nlog(coroutine.resume(co))\nlog(coroutine.status(co), coroutine.resume(co))\nlog(coroutine.resume(co))`,
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(expression, expression)
        .map(
          ([value, other]) =>
            `local function g(x, ...)\nlocal y = x\nlocal function h() y = ${value} return y end\nreturn h(), y, arg == nil, ...\nend\nlog(g(${other}, 5))`,
        ),
    },
    {
      weight: 1,
      arbitrary: expression.map((value) => `log(xpcall(function()\nreturn ${value}\nend, function(e) return {e} end))`),
    },
    {
      weight: 1,
      arbitrary: tie('block').map(
        (body) => `local n = 0\nrepeat\nlocal stop = n > 2\nn = n + 1\nstep()\n${body}\nuntil stop`,
      ),
    },
    { weight: 1, arbitrary: fc.tuple(name, expression).map(([object, value]) => `${object}.x.y = ${value}`) },
  ),
}));

/** Whole programs for EVAL. */
export const program: fc.Arbitrary<string> = fc.array(statement, { minLength: 1, maxLength: 8 }).map((statements) => {
  const body = statements.map((text) => `log(pcall(function()\n${text}\nend))\n`).join('');
  return `${PRELUDE}${body}${EPILOGUE}`;
});

/** Programs that are not protected: the reply is a value or an error with its place. */
export const bareProgram: fc.Arbitrary<string> = fc
  .tuple(statement, expression)
  .map(([first, last]) => `${PRELUDE}${first}\nreturn ${last}`);

/** Texts near Lua's syntax, nearly all with errors. */
export const brokenProgram: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'if',
        'then',
        'end',
        'for',
        'in',
        'do',
        'while',
        'repeat',
        'until',
        'function',
        'local',
        'return',
        'break',
        'not',
        'and',
        'nil',
        '=',
        '==',
        '~=',
        '..',
        '...',
        '(',
        ')',
        '{',
        '}',
        '[',
        ']',
        ';',
        ',',
        '.',
        ':',
        '+',
        '-',
        '#',
        'x',
        'y',
        'f',
        '1',
        '0x',
        '1e',
        '"s"',
        "'q",
        '[[l]]',
        '[==',
        '--c\n',
        '\n',
        '~',
        '!',
        '\\',
        '"\\400"',
        'goto',
        '//',
        '&',
        '\x01',
        '\x80',
      ),
      atom,
    ),
    { minLength: 1, maxLength: 9 },
  )
  .map((tokens) => tokens.join(' '));
