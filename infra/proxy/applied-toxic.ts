/** A toxic as a proxy has it: what the API shows of it, and the kind that does the work. */
import type { Attributes, ToxicKind } from './toxics/toxic.ts';

export type Direction = 'upstream' | 'downstream';

export interface AppliedToxic {
  readonly kind: ToxicKind;
  readonly name: string;
  /** As the client wrote it: any case will do. */
  readonly stream: string;
  readonly direction: Direction;
  /** Share of connections that it works on, in 32 bits of floating point. Drawn anew for a connection whenever the toxic changes. */
  toxicity: number;
  readonly attributes: Attributes;
  hasBitten: boolean;
}
