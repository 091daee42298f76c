import { ledger, scenario } from 'seedstorm';
import { storm } from 'seedstorm/vitest';
import { draws, faults, invariants, shop } from '../src/surroundings.ts';

const inline = scenario({
  name: 'inline-billing',
  servers: { bank: ledger() },
  processes: { billing: { program: '../src/billing.ts', env: ({ bank }) => ({ BANK_URL: bank.url }) } },
  workload: { draws, run: shop },
  faults,
  invariants,
});

storm('a scenario in a test file', inline, { seeds: 1 });
