import { describe, expect, it } from 'vitest';
import { readHistory } from '../../../harness/history/reader.ts';
import { createRecorder, historyText } from '../../../harness/history/recorder.ts';

const message = {
  kind: 'message',
  host: 'redis',
  id: 1,
  from: 'worker-1',
  to: 'redis',
  label: 'PING',
  type: 'request',
  bytes: 14,
  phase: 'sent',
  connection: 1,
} as const;

describe('the recorder', () => {
  it('numbers the records without gaps whether messages are kept or only counted', () => {
    for (const keepMessages of [false, true]) {
      const recorder = createRecorder({ keepMessages });
      recorder.record(5, { kind: 'mark', host: 'client', name: 'a' });
      recorder.record(5, message);
      recorder.record(6, { kind: 'mark', host: 'client', name: 'b' });
      expect(recorder.messages).toBe(1);
      expect(recorder.records.map(({ seq }) => seq)).toEqual(keepMessages ? [0, 1, 2] : [0, 1]);
    }
  });

  it('refuses a record from before the last one', () => {
    const recorder = createRecorder({ keepMessages: false });
    recorder.record(5, { kind: 'mark', host: 'client', name: 'a' });
    expect(() => recorder.record(4, { kind: 'mark', host: 'client', name: 'b' })).toThrow(/came after one at 5 us/);
  });

  it('tells listeners in order until they leave', () => {
    const recorder = createRecorder({ keepMessages: false });
    const heard: string[] = [];
    const leave = recorder.subscribe(({ seq }) => heard.push(`a${seq}`));
    recorder.subscribe(({ seq }) => heard.push(`b${seq}`));
    recorder.record(0, { kind: 'mark', host: 'client', name: 'x' });
    leave();
    recorder.record(0, { kind: 'mark', host: 'client', name: 'x' });
    expect(heard).toEqual(['a0', 'b0', 'b1']);
  });

  it('writes a history that reads back the same', () => {
    const recorder = createRecorder({ keepMessages: true });
    recorder.record(1, message);
    recorder.record(2, {
      kind: 'commit',
      host: 'db',
      server: 'db',
      tx: 7,
      lsn: '0/10',
      rows: [{ table: 'jobs', op: 'insert', new: { id: '12', text: 'a\nb' } }],
    });
    expect(readHistory(historyText(recorder.records))).toEqual(recorder.records);
  });

  it('writes 64-bit integers as decimal text', () => {
    const recorder = createRecorder({ keepMessages: true });
    recorder.record(1, { kind: 'mark', host: 'client', name: 'x', value: 2n ** 60n });
    expect(historyText(recorder.records)).toContain('"value":"1152921504606846976"');
  });
});

describe('the reader', () => {
  const good = '{"seq":0,"at":1,"kind":"mark","host":"client","name":"a"}';
  it.each([
    ['{"seq":', /history:1: not JSON/],
    ['{"seq":0,"at":-1,"kind":"mark","host":"client","name":"a"}', /history:1: at: /],
    [`${good}\n{"seq":2,"at":1,"kind":"mark","host":"client","name":"a"}`, /history:2: seq is 2/],
    [`${good}\n{"seq":1,"at":0,"kind":"mark","host":"client","name":"a"}`, /history:2: at is 0/],
    ['{"seq":0,"at":1,"kind":"effect","host":"bank","ledger":"bank","caller":"x"}', /history:1: key: /],
  ])('names the line and the field of %s', (text, error) => {
    expect(() => readHistory(text)).toThrow(error);
  });
});
