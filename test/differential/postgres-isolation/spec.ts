/**
 * PostgreSQL's isolation-spec format: setup, teardown, sessions with steps, permutations. Source: src/test/isolation/README and specparse.y.
 * Pure: text to a tree. A step in a permutation may carry blockers in parentheses: `*`, another step, or `step notices n`.
 */
export interface Step {
  readonly name: string;
  readonly session: number;
  readonly sql: string;
}

export interface Session {
  readonly name: string;
  readonly setup: string | null;
  readonly teardown: string | null;
  readonly steps: readonly Step[];
}

export type Blocker =
  | { readonly kind: 'always' }
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'notices'; readonly step: string; readonly count: number };

export interface PermutationStep {
  readonly step: Step;
  readonly blockers: readonly Blocker[];
}

export interface Spec {
  readonly setups: readonly string[];
  readonly teardown: string | null;
  readonly sessions: readonly Session[];
  readonly permutations: readonly (readonly PermutationStep[])[];
}

type Token = { readonly kind: 'word' | 'block' | 'mark'; readonly text: string };

function tokens(text: string): Token[] {
  const list: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^(?:\s+|#[^\n]*)/.exec(rest);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    if (rest.startsWith('{')) {
      const end = rest.indexOf('}');
      if (end < 0) throw new Error('a block without its closing brace');
      list.push({ kind: 'block', text: rest.slice(1, end).trim() });
      at += end + 1;
      continue;
    }
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const word = quoted ?? /^([A-Za-z0-9_]+)/.exec(rest);
    if (word !== null) {
      list.push({ kind: 'word', text: word[1]!.replaceAll('""', '"') });
      at += word[0].length;
      continue;
    }
    list.push({ kind: 'mark', text: rest[0]! });
    at += 1;
  }
  return list;
}

/** Reads a spec; throws on what is no spec. Without permutations it has all that keep the order of each session. */
export function parseSpec(text: string): Spec {
  const list = tokens(text);
  let at = 0;
  const peek = (): Token | undefined => list[at];
  const isWord = (word: string): boolean => peek()?.kind === 'word' && peek()?.text === word;
  const take = (kind: Token['kind']): string => {
    const token = list[at++];
    if (token?.kind !== kind) throw new Error(`expected a ${kind}, got ${token?.text ?? 'the end'}`);
    return token.text;
  };
  const block = (word: string): string | null => {
    if (!isWord(word)) return null;
    at += 1;
    return take('block');
  };
  const setups: string[] = [];
  for (let setup = block('setup'); setup !== null; setup = block('setup')) setups.push(setup);
  const teardown = block('teardown');
  const sessions: Session[] = [];
  while (isWord('session')) {
    at += 1;
    const name = take('word');
    const setup = block('setup');
    const steps: Step[] = [];
    while (isWord('step')) {
      at += 1;
      steps.push({ name: take('word'), session: sessions.length, sql: take('block') });
    }
    sessions.push({ name, setup, teardown: block('teardown'), steps });
  }
  const byName = new Map(sessions.flatMap((session) => session.steps.map((step) => [step.name, step])));
  const permutations: PermutationStep[][] = [];
  while (isWord('permutation')) {
    at += 1;
    const steps: PermutationStep[] = [];
    while (peek()?.kind === 'word' && !isWord('permutation')) {
      const step = byName.get(take('word'));
      if (step === undefined) throw new Error('a permutation names an unknown step');
      steps.push({ step, blockers: peek()?.text === '(' ? blockers() : [] });
    }
    permutations.push(steps);
  }
  if (at < list.length) throw new Error(`unexpected ${list[at]!.text}`);
  return { setups, teardown, sessions, permutations: permutations.length > 0 ? permutations : interleavings(sessions) };

  function blockers(): Blocker[] {
    const found: Blocker[] = [];
    at += 1;
    while (peek() !== undefined && peek()!.text !== ')') {
      if (peek()!.text === ',') at += 1;
      else if (peek()!.text === '*') {
        at += 1;
        found.push({ kind: 'always' });
      } else {
        const step = take('word');
        if (isWord('notices')) {
          at += 1;
          found.push({ kind: 'notices', step, count: Number(take('word')) });
        } else found.push({ kind: 'step', step });
      }
    }
    at += 1;
    return found;
  }
}

function interleavings(sessions: readonly Session[]): PermutationStep[][] {
  const result: PermutationStep[][] = [];
  const counts = sessions.map(() => 0);
  const path: PermutationStep[] = [];
  const visit = (): void => {
    let isEnd = true;
    sessions.forEach((session, index) => {
      const step = session.steps[counts[index]!];
      if (step === undefined) return;
      isEnd = false;
      counts[index]! += 1;
      path.push({ step, blockers: [] });
      visit();
      path.pop();
      counts[index]! -= 1;
    });
    if (isEnd) result.push([...path]);
  };
  visit();
  return result;
}
