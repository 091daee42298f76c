/** placeholder */
export interface PatchEdit {
  readonly find: string;
  readonly replace: string;
}
/** Edits by absolute file. */
export type PatchSet = ReadonlyMap<string, readonly PatchEdit[]>;
