/**
 * Commands from one-line templates: `SET $s $value [NX|XX] [EX $ttl]` becomes an arbitrary of argument lists.
 *
 * `$name` draws from the dictionary, `[a|b]` is optional, `(a|b)` is a choice, and either may be followed by `+` (one to three times).
 * A few drawn lists are spoilt on purpose: an argument too few, one too many, or one replaced.
 */
import fc from 'fast-check';

export type Dictionary = Readonly<Record<string, fc.Arbitrary<string>>>;

type Words = fc.Arbitrary<string[]>;

export function command(template: string, dictionary: Dictionary): Words {
  const tokens = template.match(/\$\w+|[^\s()[\]|+]+|[()[\]|]\+?/g) ?? [];
  const parser = { tokens, at: 0, dictionary };
  const words = sequence(parser);
  return fc
    .tuple(words, fc.nat(199), fc.nat(20), dictionary.junk!)
    .map(([args, spoil, position, junk]) => spoilt(args, spoil, position, junk));
}

interface Parser {
  readonly tokens: readonly string[];
  at: number;
  readonly dictionary: Dictionary;
}

function sequence(parser: Parser): Words {
  const parts: Words[] = [];
  while (parser.at < parser.tokens.length && !/^[)\]|]/.test(parser.tokens[parser.at]!)) parts.push(item(parser));
  return fc.tuple(...parts).map((lists) => lists.flat());
}

function item(parser: Parser): Words {
  const token = parser.tokens[parser.at]!;
  parser.at += 1;
  if (token === '(' || token === '[') {
    const alternatives = [sequence(parser)];
    while (parser.tokens[parser.at] === '|') {
      parser.at += 1;
      alternatives.push(sequence(parser));
    }
    const close = parser.tokens[parser.at]!;
    parser.at += 1;
    const choice = fc.oneof(...alternatives);
    const repeated = close.endsWith('+')
      ? fc.array(choice, { minLength: 1, maxLength: 3 }).map((lists) => lists.flat())
      : choice;
    return token === '[' ? fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, repeated) : repeated;
  }
  if (!token.startsWith('$') || token === '$') return fc.constant([token]);
  const arbitrary = parser.dictionary[token.slice(1)];
  if (arbitrary === undefined) throw new Error(`no ${token} in the dictionary`);
  return arbitrary.map((word) => [word]);
}

function spoilt(args: string[], spoil: number, position: number, junk: string): string[] {
  // Without its count SPOP would take a random member, and the two servers would go different ways.
  if (args[0] === 'SPOP') return args;
  // Junk as a script tests the Lua compiler, which has a differential test of its own.
  if (args[0]!.startsWith('EVAL') && spoil === 2) return args;
  if (spoil === 0 && args.length > 1) return args.slice(0, -1);
  if (spoil === 1) return [...args, junk];
  if (spoil === 2 && args.length > 1) {
    const at = 1 + (position % (args.length - 1));
    return args.map((word, index) => (index === at ? junk : word));
  }
  return args;
}
