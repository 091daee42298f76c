import { describe, expect, it } from 'vitest';
import { historyJsonSchema, historyRecord } from '../../../harness/history/record.ts';

describe('the schema of a history line', () => {
  it('is JSON Schema with a variant for each kind of record', () => {
    const schema = historyJsonSchema() as { $schema: string; oneOf?: unknown[]; anyOf?: unknown[] };
    expect(schema.$schema).toContain('json-schema.org');
    expect((schema.oneOf ?? schema.anyOf)?.length).toBe(9);
  });

  it('takes an effect and refuses one without its key', () => {
    const effect = { seq: 0, at: 1, host: 'bank', kind: 'effect', ledger: 'bank', key: '7', caller: 'worker-1' };
    expect(historyRecord.safeParse(effect).success).toBe(true);
    expect(historyRecord.safeParse({ ...effect, key: undefined }).success).toBe(false);
  });
});
