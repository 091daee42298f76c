import { ledger, redis, scenario } from 'seedstorm';
import { draws, faults, invariants, shop } from './surroundings.ts';

export default scenario({
  name: 'careful-billing',
  about: 'An order is billed again after a reply was lost, and the customer pays twice.',
  duration: '8s',
  servers: { cache: redis(), bank: ledger({ idempotency: true }) },
  processes: {
    billing: {
      program: './careful-billing.ts',
      env: ({ cache, bank }) => ({ REDIS_URL: cache.url, BANK_URL: bank.url }),
    },
  },
  workload: { draws, run: shop },
  faults,
  invariants,
});
