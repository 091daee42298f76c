/**
 * Finds TypeScript syntax that type stripping cannot remove: enums, namespaces with code, parameter properties, decorators,
 * `import x = ...` and `export =`. Programs run elsewhere by stripping (Node's own), so here they are refused as well.
 *
 * A token scan, not a parser: words, punctuation, and literals skipped whole. A `/` starts a regular expression unless the token before
 * it ends an operand; the one doubtful case, a `/` after `)`, counts as division, so a regular expression right after
 * `if (...)` is scanned as tokens. That can only matter if it holds a quote or one of the refused forms. Source: the TypeScript option
 * erasableSyntaxOnly.
 */

export interface NonErasable {
  /** Offset in the source. */
  readonly at: number;
  /** What was found, for a sentence: `an enum`. */
  readonly what: string;
}

interface Token {
  readonly text: string;
  readonly at: number;
  readonly kind: 'word' | 'punctuation' | 'literal';
}

const SUSPECT = /\b(?:enum|namespace|module|constructor)\b|@|\bimport\s+(?:type\s+)?[\w$]+\s*=|\bexport\s*=/;
const MODIFIERS = new Set(['public', 'private', 'protected', 'readonly', 'override']);
/** Words after which a `/` starts a regular expression. */
const BEFORE_OPERAND = new Set(
  'return typeof instanceof in of new delete void throw case do else await yield default'.split(' '),
);

/** The first form in `source` that stripping types cannot remove. */
export function findNonErasable(source: string): NonErasable | undefined {
  if (!SUSPECT.test(source)) return undefined;
  const tokens = tokenize(source);
  for (let index = 0; index < tokens.length; index++) {
    const what = judge(tokens, index);
    if (what !== undefined) return { at: tokens[index]!.at, what };
  }
  return undefined;
}

function judge(tokens: readonly Token[], index: number): string | undefined {
  const token = tokens[index]!;
  if (token.kind === 'literal') return undefined;
  const before = textAt(tokens, index - 1);
  const next = tokens[index + 1];
  if (token.text === '@' && next?.kind === 'word') return 'a decorator';
  if (before === '.' || before === '?.') return undefined;
  if (token.text === 'enum' && next?.kind === 'word' && textAt(tokens, index + 2) === '{') {
    const isDeclared = before === 'declare' || (before === 'const' && textAt(tokens, index - 2) === 'declare');
    return isDeclared ? undefined : 'an enum';
  }
  if (token.text === 'namespace' || token.text === 'module') return judgeNamespace(tokens, index);
  if (token.text === 'import' && next?.kind === 'word') {
    const name = next.text === 'type' && textAt(tokens, index + 2) !== '=' ? index + 2 : index + 1;
    if (tokens[name]?.kind === 'word' && textAt(tokens, name + 1) === '=') return '"import x ="';
  }
  if (token.text === 'export' && next?.text === '=') return '"export ="';
  if (token.text === 'constructor' && next?.text === '(') return judgeConstructor(tokens, index + 1);
  return undefined;
}

function judgeNamespace(tokens: readonly Token[], index: number): string | undefined {
  const before = textAt(tokens, index - 1);
  if (before === 'declare' || tokens[index + 1]?.kind !== 'word') return undefined;
  let end = index + 2;
  while (textAt(tokens, end) === '.') end += 2;
  // `namespace A.B {` on one line; anything else is an identifier named `namespace` or `module`.
  return textAt(tokens, end) === '{' ? 'a namespace' : undefined;
}

/** Looks for a modifier at the start of a parameter; `open` is the index of the parenthesis. */
function judgeConstructor(tokens: readonly Token[], open: number): string | undefined {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    const text = tokens[index]!.text;
    if (text === '(' || text === '[' || text === '{') depth++;
    else if (text === ')' || text === ']' || text === '}') {
      depth--;
      if (depth === 0) return undefined;
    }
    const startsParameter = depth === 1 && (text === '(' || text === ',');
    const next = tokens[index + 1];
    if (startsParameter && next !== undefined && MODIFIERS.has(next.text) && tokens[index + 2]?.kind === 'word') {
      return 'a parameter property';
    }
  }
  return undefined;
}

function textAt(tokens: readonly Token[], index: number): string | undefined {
  return tokens[index]?.text;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each open brace: whether it closes a template's `${`. */
  const braces: boolean[] = [];
  let at = 0;
  while (at < source.length) {
    const character = source[at]!;
    if (/\s/.test(character)) at++;
    else if (source.startsWith('//', at)) at = endOf(source, '\n', at);
    else if (source.startsWith('/*', at)) at = endOf(source, '*/', at + 2);
    else if (character === '"' || character === "'") at = pushLiteral(tokens, at, endOfString(source, at, character));
    else if (character === '`') at = template(source, at + 1, tokens, braces);
    else if (character === '/' && startsRegularExpression(tokens)) at = pushLiteral(tokens, at, endOfRegex(source, at));
    else if (/[\w$#\u0080-\uffff]/.test(character)) {
      const start = at;
      while (at < source.length && /[\w$#\u0080-\uffff]/.test(source[at]!)) at++;
      tokens.push({ text: source.slice(start, at), at: start, kind: /\d/.test(character) ? 'literal' : 'word' });
    } else {
      if (character === '{') braces.push(false);
      if (character === '}' && braces.pop() === true) {
        at = template(source, at + 1, tokens, braces);
        continue;
      }
      tokens.push({ text: character, at, kind: 'punctuation' });
      at++;
    }
  }
  return tokens;
}

/** Skips template text from `at` to its end or to the next `${`, whose closing brace leads back here. */
function template(source: string, from: number, tokens: Token[], braces: boolean[]): number {
  let at = from;
  while (at < source.length) {
    if (source[at] === '\\') at += 2;
    else if (source[at] === '`') return pushLiteral(tokens, from - 1, at + 1);
    else if (source.startsWith('${', at)) {
      braces.push(true);
      tokens.push({ text: '${', at, kind: 'punctuation' });
      return at + 2;
    } else at++;
  }
  return at;
}

function startsRegularExpression(tokens: readonly Token[]): boolean {
  const before = tokens[tokens.length - 1];
  if (before === undefined) return true;
  if (before.kind === 'literal') return false;
  if (before.kind === 'word') return BEFORE_OPERAND.has(before.text);
  return before.text !== ')' && before.text !== ']' && before.text !== '}';
}

function pushLiteral(tokens: Token[], start: number, end: number): number {
  tokens.push({ text: '', at: start, kind: 'literal' });
  return end;
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found < 0 ? source.length : found + mark.length;
}

function endOfString(source: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfRegex(source: string, start: number): number {
  let isInClass = false;
  let at = start + 1;
  while (at < source.length && source[at] !== '\n') {
    const character = source[at];
    if (character === '\\') at++;
    else if (character === '[') isInClass = true;
    else if (character === ']') isInClass = false;
    else if (character === '/' && !isInClass) break;
    at++;
  }
  return at + 1;
}
