/**
 * What the hardened workers do, on either back end. Every job begins with reading its document, and a statement reads one for each page.
 *
 * - `charge` charges at the clearing house, whose idempotency key makes a repetition harmless, and stores the receipt in the transaction that ends
 *   the job.
 * - `statement` renders for longer than a lease and stores its result in the transaction that ends the job.
 * - `batch` becomes a charge for each of its items, in the transaction that ends the batch.
 */
import type { HandlerContext, Handlers, NewJob } from '../job-system/index.ts';
import { call } from './provider.ts';

export interface HandlersOptions<Transaction> {
  readonly providerUrl: string;
  readonly shortTimeoutMs: number;
  readonly longTimeoutMs: number;
  /** How long it takes to render one page. */
  readonly pageMs: number;
  readonly storePaper: (transaction: Transaction, key: string, text: string) => Promise<void> | void;
}

export function createHandlers<Transaction>(options: HandlersOptions<Transaction>): Handlers<Transaction> {
  const { providerUrl, shortTimeoutMs, longTimeoutMs, pageMs, storePaper } = options;
  const readDocument = ({ key, signal }: HandlerContext) =>
    call(providerUrl, { method: 'GET', path: `/documents/${key}`, signal });

  return {
    charge: {
      timeoutMs: shortTimeoutMs,
      run: async ({ amount }: { readonly amount: number }, context) => {
        const { key, signal, idempotencyKey } = context;
        await readDocument(context);
        const body = { key, amount };
        const receipt = await call(providerUrl, { method: 'POST', path: '/charges', body, idempotencyKey, signal });
        const text = JSON.stringify(receipt);
        return { result: receipt, within: (transaction) => storePaper(transaction, key, text) };
      },
    },
    statement: {
      timeoutMs: longTimeoutMs,
      run: async ({ pages }: { readonly pages: number }, context) => {
        for (let page = 0; page < pages; page++) {
          await readDocument(context);
          await render(pageMs, context.signal);
        }
        return { result: { pages }, within: (transaction) => storePaper(transaction, context.key, `${pages} pages`) };
      },
    },
    batch: {
      timeoutMs: shortTimeoutMs,
      run: async ({ amounts }: { readonly amounts: readonly number[] }, context) => {
        await readDocument(context);
        const children = amounts.map(
          (amount, index): NewJob => ({ type: 'charge', key: `${context.key}.${index}`, payload: { amount } }),
        );
        return { result: { items: amounts.length }, children };
      },
    },
  };
}

/** Stands for the rendering library, which takes its time and can be told to stop. */
function render(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, durationMs);
    signal.addEventListener('abort', stop);
  });
}
