import { expect, it } from 'vitest';
import { monotonicMicros, Timeline } from '../../infra/observation/timeline.ts';

const mark = (name: string) => ({ kind: 'mark', host: 'client', name }) as const;

it('records of several sources are placed in the order of their times, behind the slowest of them', () => {
  const placed: string[] = [];
  const timeline = new Timeline((_at, record) => placed.push((record as { name: string }).name));
  const [first, second] = [timeline.addSource(), timeline.addSource()];
  timeline.begin();
  const now = monotonicMicros();
  timeline.add(mark('late'), now + 30);
  timeline.add(mark('early'), now + 10);
  first.advance(now + 100);
  second.advance(now + 20);
  timeline.settle();
  expect(placed).toEqual(['early']);
  second.close();
  timeline.settle();
  expect(placed).toEqual(['early', 'late']);
});

it('nothing is placed before true time begins', () => {
  const times: number[] = [];
  const timeline = new Timeline((at) => times.push(at));
  timeline.add(mark('early'));
  timeline.settle();
  expect(times).toEqual([]);
  timeline.end();
  expect(times).toHaveLength(1);
});

it('what came before true time began is placed at zero', () => {
  const times: number[] = [];
  const timeline = new Timeline((at) => times.push(at));
  timeline.add(mark('before'));
  timeline.begin();
  timeline.settle();
  expect(times).toEqual([0]);
});
