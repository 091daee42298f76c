import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPatch, loadPatch, parsePatch } from '../../../harness/source/patch.ts';
import type { SeedstormError } from '../../../sim/kernel/errors.ts';
import { removeProgram, writeProgram } from '../../sim/runtime/loader/incarnation.ts';

const file = '/subjects/row/hardened.ts';
const source = 'const ttl = 10;\nif (token > last) write();\nif (token > other) read();\n';

describe('a patch', () => {
  it('replaces text that occurs once, edit after edit', () => {
    const patches = patch([
      { file: '../hardened.ts', find: 'token > last', replace: 'true' },
      { file: '../hardened.ts', find: 'if (true)', replace: 'if (1)' },
    ]);
    expect(applyPatch(patches, file, source)).toBe(source.replace('token > last', '1'));
  });

  it('takes the replacement literally', () => {
    const patches = patch([{ file: '../hardened.ts', find: 'ttl', replace: '$& $1 $$' }]);
    expect(applyPatch(patches, file, source)).toContain('const $& $1 $$ = 10;');
  });

  it('leaves other files alone', () => {
    const patches = patch([{ file: '../hardened.ts', find: 'ttl', replace: 'x' }]);
    expect(applyPatch(patches, '/subjects/row/naive.ts', source)).toBe(source);
  });

  const misfits: readonly [claim: string, find: string, message: string][] = [
    ['is not there', 'lease', `A patch does not fit ${file}: "lease" is not in it.`],
    [
      'is there twice',
      'if (token',
      `A patch does not fit ${file}: "if (token" is in it more than once (lines 2 and 3).`,
    ],
    ['overlaps itself', 'aa', 'is in it more than once (lines 1 and 1)'],
  ];
  for (const [claim, find, message] of misfits) {
    it(`is refused when its text ${claim}`, () => {
      const patches = patch([{ file: '../hardened.ts', find, replace: '' }]);
      const text = find === 'aa' ? 'aaa' : source;
      expect(() => applyPatch(patches, file, text)).toThrowError(expectError('E_INPUT', message));
    });
  }

  const broken: readonly [claim: string, text: string, message: string][] = [
    ['no JSON', '[', '/subjects/row/mutants/m.patch.json is not JSON'],
    ['no list', '{}', 'the whole file: '],
    ['an empty list', '[]', 'the whole file: '],
    ['a missing text', '[{"file":"a","find":"b"}]', '[0].replace: '],
    ['an empty find', '[{"file":"a","find":"","replace":""}]', '[0].find: '],
    ['an unknown member', '[{"file":"a","find":"b","replace":"","count":2}]', '[0]: '],
  ];
  for (const [claim, text, message] of broken) {
    it(`file with ${claim} is refused with the path in it`, () => {
      expect(() => parsePatch(text, '/subjects/row/mutants/m.patch.json')).toThrowError(
        expectError('E_INPUT', message),
      );
    });
  }

  it('is read from disk, relative to its own folder', () => {
    const root = writeProgram({ 'mutants/m.patch.json': '[{"file":"../a.ts","find":"b","replace":"c"}]' });
    try {
      expect(applyPatch(loadPatch(join(root, 'mutants/m.patch.json')), join(root, 'a.ts'), 'abc')).toBe('acc');
      expect(() => loadPatch(join(root, 'none.json'))).toThrowError(expectError('E_INPUT', 'none.json'));
    } finally {
      removeProgram(root);
    }
  });
});

function patch(edits: readonly object[]) {
  return parsePatch(JSON.stringify(edits), '/subjects/row/mutants/m.patch.json');
}

function expectError(code: string, message: string): Error {
  return expect.objectContaining({ code, message: expect.stringContaining(message) }) as SeedstormError;
}
