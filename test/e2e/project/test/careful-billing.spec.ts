import { storm } from 'seedstorm/vitest';
import { describe } from 'vitest';
import careful from '../src/careful-billing.scenario.ts';

describe('careful billing', () => {
  storm('survives', careful, { seeds: 12, time: '60s', workers: 1 });
  storm('survives, given by path', '../src/careful-billing.scenario.ts', { seeds: '3..5', workers: 1 });
});
