/** One charge at the bank. */
export async function charge(order: string, headers: Record<string, string>): Promise<void> {
  const reply = await fetch(`${process.env['BANK_URL']}/charges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ key: order }),
    signal: AbortSignal.timeout(1000),
  });
  if (!reply.ok) throw new Error(`the bank answered ${reply.status}`);
}
