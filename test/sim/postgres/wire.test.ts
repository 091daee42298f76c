/** Laws of the wire codec: whatever one side writes the other reads, at any split of the bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackendDecoder, BackendWriter, FrontendDecoder, FrontendWriter } from '../../../sim/postgres/index.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));

function conversation(queries: readonly string[], parameters: readonly (string | null)[]): Buffer {
  const writer = new FrontendWriter();
  writer.startup({ user: 'a', database: 'b', application_name: queries[0] ?? '' });
  for (const query of queries)
    writer
      .query(query)
      .parse('s', query, [23])
      .bind('p', 's', parameters, 1)
      .describe('P', 'p')
      .execute('p', 7)
      .closeNamed('S', 's')
      .sync()
      .flush();
  return writer.terminate().take();
}

/** Decodes with the bytes cut at the given places; messages are copied, since their bytes belong to the decoder's buffer. */
function decoded<M>(
  decoder: { push(bytes: Buffer): void; next(): M | null },
  bytes: Buffer,
  cuts: readonly number[],
): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const messages: string[] = [];
  let from = 0;
  for (const to of [...places, bytes.length]) {
    decoder.push(Buffer.from(bytes.subarray(from, to)));
    from = to;
    for (let message = decoder.next(); message !== null; message = decoder.next())
      messages.push(JSON.stringify(message, (_key, value) => (value instanceof Map ? [...value] : value)));
  }
  return messages;
}

test('what a client says is read alike at any split', () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 4 }),
      fc.array(fc.option(text), { maxLength: 3 }),
      fc.array(fc.nat(4000), { maxLength: 30 }),
      (queries, parameters, cuts) => {
        const bytes = conversation(queries, parameters);
        const whole = decoded(new FrontendDecoder(), bytes, []);
        expect(whole.length).toBe(2 + queries.length * 8);
        expect(decoded(new FrontendDecoder(), bytes, cuts)).toEqual(whole);
      },
    ),
    { seed: 1 },
  );
});

test('what a server says is read alike at any split', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), fc.array(fc.nat(4000), { maxLength: 30 }), (values, cuts) => {
      const writer = new BackendWriter();
      writer.authentication(0);
      writer.backendKeyData(1, -2);
      writer.openDataRow(values.length + 1);
      for (const value of values) writer.textValue(value);
      writer.nullValue();
      writer.closeDataRow();
      writer.errorResponse({ severity: 'ERROR', code: '42601', message: values.join(' '), position: 3 });
      writer.readyForQuery('T');
      const bytes = writer.take();
      const whole = decoded(new BackendDecoder(), bytes, []);
      expect(whole.length).toBe(5);
      expect(decoded(new BackendDecoder(), bytes, cuts)).toEqual(whole);
    }),
    { seed: 1 },
  );
});

test('a startup packet with a wild length is refused and nothing after it is read', () => {
  const decoder = new FrontendDecoder();
  decoder.push(Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
  expect(decoder.next()).toEqual({ kind: 'Invalid', reason: 'invalid length of startup packet' });
  expect(decoder.next()).toBeNull();
});
