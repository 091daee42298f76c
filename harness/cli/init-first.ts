/**
 * The first scenario of `seedstorm init`, which needs no package but seedstorm: a worker that charges orders over HTTP and tries again
 * when a reply does not come. The bank has then been charged twice, which the first run finds. The cure is one line, and the file says it.
 */

export const firstWorkerName = 'charge-worker.ts';
export const firstScenarioName = 'charge.scenario.ts';

export const firstWorker = `/**
 * Charges orders: POST /charge/17 charges order 17 once, or so it hopes.
 *
 * An ordinary Node program. It knows nothing of seedstorm and runs by itself:
 *   BANK_URL=http://127.0.0.1:9000 PORT=8080 node charge-worker.ts
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const attemptsMax = 5;

async function charge(order: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const reply = await fetch(\`\${process.env.BANK_URL}/charges\`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          // Without the next line, a charge whose reply was lost is made again. With it, the bank knows the repetition.
          // 'idempotency-key': order,
        },
        body: JSON.stringify({ key: order, cents: 1250 }),
        signal: AbortSignal.timeout(1000),
      });
      if (reply.ok) return;
    } catch (error) {
      if (attempt === attemptsMax) throw error;
    }
    await sleep(100 * attempt);
  }
}

const server = createServer(async (request, response) => {
  const order = request.url?.split('/').at(-1) ?? '';
  try {
    await charge(order);
    console.log(\`order \${order} is charged\`);
    response.writeHead(200).end('charged');
  } catch (error) {
    console.error(\`order \${order} failed: \${error}\`);
    response.writeHead(500).end('try again later');
  }
});

server.listen(Number(process.env.PORT ?? 8080), process.env.HOST);
`;

export const firstScenario = `/** One run is: a bank, a worker, some orders, and a few faults drawn from the seed. Run it with: npx seedstorm run */
import { fault, fc, invariant, ledger, scenario } from 'seedstorm';

export default scenario({
  name: 'charge',
  about: 'A charge is repeated after its reply was lost, and a customer pays twice.',
  // Faults start within this time, in the time of the run. A run takes a few milliseconds of yours.
  duration: '10s',
  servers: {
    // Records every charge that it accepts, and honours Idempotency-Key.
    bank: ledger({ idempotency: true }),
  },
  processes: {
    worker: { program: './charge-worker.ts', env: ({ bank }) => ({ BANK_URL: bank.url }) },
  },
  workload: {
    draws: fc.record({ orders: fc.integer({ min: 25, max: 40 }) }),
    run: async (t, { orders }) => {
      await t.each(orders, async (t, i) => {
        await t.post('worker', \`/charge/order-\${i}\`);
        await t.sleep(t.between(200, 1000));
      });
    },
  },
  // One fault a run, to begin with. Two that overlap find more, and are harder to read.
  faults: fault.any(fault.replyLost(), fault.partition({ min: '2s', max: '5s' }), fault.crash(), { max: 1 }),
  invariants: [invariant.effectAtMostOnce('bank'), invariant.effectExactlyOnce('bank', { settle: '10s' })],
});
`;
