/** What both scenarios share: how the shop asks, what disturbs it, and what it is held to. */
import { fault, fc, invariant, type WorkloadTools } from 'seedstorm';

export const draws = fc.record({ orders: fc.integer({ min: 20, max: 30 }) });

/** The shop asks again until an order is billed. */
export async function shop(t: WorkloadTools, { orders }: { orders: number }): Promise<void> {
  await t.each(orders, async (item, i) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const reply = await item.post('billing', `/bill/order-${i}`, undefined, { timeout: '3s' });
      if (reply?.status === 200) break;
      await item.sleep('200ms');
    }
    await item.sleep(item.between(200, 800));
  });
}

export const faults = fault.any(fault.replyLost(), fault.crash({ max: '2s' }), { max: 1 });

export const invariants = [
  invariant.effectAtMostOnce('bank'),
  invariant.effectExactlyOnce('bank', { settle: '10s' }),
] as const;
