/** Proxies and toxics as JSON, field by field as the real server writes them. */
import type { AppliedToxic } from '../applied-toxic.ts';
import type { ToxicProxy } from '../proxy.ts';

/** `Logger` is a field that the real server shows by accident. */
export function showProxy(proxy: ToxicProxy): string {
  const { name, listen, upstream, isEnabled } = proxy;
  const toxics = showToxics(proxy);
  return `{"name":${text(name)},"listen":${text(listen)},"upstream":${text(upstream)},"enabled":${isEnabled},"Logger":{},"toxics":${toxics}}`;
}

/** An object by name, in the order of the names' bytes. */
export function showProxies(proxies: readonly ToxicProxy[]): string {
  const sorted = [...proxies].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return `{${sorted.map((proxy) => `${text(proxy.name)}:${showProxy(proxy)}`).join(',')}}`;
}

/** Upstream first. */
export function showToxics({ toxics }: ToxicProxy): string {
  return `[${[...toxics.upstream, ...toxics.downstream].map(showToxic).join(',')}]`;
}

export function showToxic({ kind, name, stream, toxicity, attributes }: AppliedToxic): string {
  const values = kind.attributes.map((attribute) => `"${attribute.name}":${attributes[attribute.name] ?? 0n}`);
  return `{"attributes":{${values.join(',')}},"name":${text(name)},"type":${text(kind.type)},"stream":${text(stream)},"toxicity":${float32(toxicity)}}`;
}

/** A string as Go writes it: with the characters escaped that mean something in HTML. */
export function text(value: string): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The shortest digits that give the same 32 bits. */
export function float32(value: number): string {
  if (Object.is(value, -0)) return '-0';
  // JavaScript and Go turn to exponents at the same sizes and spell them alike.
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
