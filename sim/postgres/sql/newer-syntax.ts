/**
 * Syntax that the parser takes and PostgreSQL 15 does not: refused with 15's own syntax error, which names the first word that 15 cannot read.
 * Only what programs are likely to send is here. Differs: SQL/JSON functions of 16 and 17, integer literals such as 0x1F and 1_000, and other
 * newer syntax that is not listed fails later with another error, or is taken.
 */
import { syntaxError } from '../errors.ts';

interface Newer {
  /** Whether a node of the given kind uses the newer syntax. */
  readonly uses: (node: Readonly<Record<string, unknown>>) => boolean;
  /** The word at which 15 stops. */
  readonly word: RegExp;
}

const CONSTRAINTS: readonly Newer[] = [
  { uses: (node) => node['contype'] === 'CONSTR_GENERATED' && node['generated_kind'] === 'v', word: /\bvirtual\b/i },
  { uses: (node) => node['without_overlaps'] === true, word: /\bwithout\b/i },
  { uses: (node) => node['fk_with_period'] === true, word: /\bperiod\b/i },
  {
    uses: (node) =>
      (node['contype'] === 'CONSTR_CHECK' || node['contype'] === 'CONSTR_FOREIGN') && node['is_enforced'] !== true,
    word: /\benforced\b/i,
  },
  {
    uses: (node) => node['contype'] === 'CONSTR_ATTR_NOT_ENFORCED' || node['contype'] === 'CONSTR_ATTR_ENFORCED',
    word: /\benforced\b/i,
  },
];
const RETURNING: readonly Newer[] = [
  { uses: (node) => Array.isArray(node['options']) && node['options'].length > 0, word: /\bwith\b(?=\s*\()/i },
];

const BY_KIND: ReadonlyMap<string, readonly Newer[]> = new Map([
  ['Constraint', CONSTRAINTS],
  ['returningClause', RETURNING],
]);

/** Throws 42601 when a statement, given as parsed, uses newer syntax. */
export function refuseNewerSyntax(statement: unknown, text: string): void {
  if (statement === null || typeof statement !== 'object') return;
  for (const [kind, part] of Object.entries(statement)) {
    const rules = BY_KIND.get(kind);
    if (rules !== undefined && part !== null && typeof part === 'object') {
      for (const rule of rules) if (rule.uses(part as Record<string, unknown>)) throw refusal(rule.word, text);
    }
    refuseNewerSyntax(part, text);
  }
}

function refusal(word: RegExp, text: string): Error {
  const found = word.exec(text);
  if (found === null) return syntaxError('syntax error');
  return syntaxError(`syntax error at or near "${found[0]}"`, [...text.slice(0, found.index)].length + 1);
}
