import { storm } from 'seedstorm/vitest';
import billing from '../src/billing.scenario.ts';

storm('no order is charged twice', billing, { seeds: 40, time: '60s', shrinkRuns: 60, shrinkTime: '20s', workers: 2 });
