/** The functions of inet and cidr that look at an address; arithmetic and containment are left out. */
import type { Datum } from '../types/datum.ts';
import { formatHost, inet, type NetworkAddress, parseNetwork } from '../types/network.ts';
import type { Implementation } from './implementation.ts';

const partsOf = (datum: Datum | undefined): NetworkAddress => parseNetwork(datum as string)!;
const order = (a: readonly Datum[]): number => inet.compare!(a[0]!, a[1]!);

export const networkFunctions: Record<string, Implementation> = {
  network_host: (a) => formatHost(partsOf(a[0]).bytes),
  network_show: (a) => a[0]!,
  network_masklen: (a) => partsOf(a[0]).mask,
  network_family: (a) => (partsOf(a[0]).bytes.length === 4 ? 4 : 6),
  network_eq: (a) => order(a) === 0,
  network_ne: (a) => order(a) !== 0,
  network_lt: (a) => order(a) < 0,
  network_le: (a) => order(a) <= 0,
  network_gt: (a) => order(a) > 0,
  network_ge: (a) => order(a) >= 0,
  network_cmp: (a) => Math.sign(order(a)),
};
