/** Shuts every gate at once, for as long as any freeze lasts. */
export class Freezer {
  /** Called when the last freeze is lifted. */
  readonly gates = new Set<() => void>();
  #freezes = 0;

  get isFrozen(): boolean {
    return this.#freezes > 0;
  }

  freeze(): () => void {
    this.#freezes += 1;
    let isLifted = false;
    return () => {
      if (isLifted) return;
      isLifted = true;
      this.#freezes -= 1;
      if (this.#freezes === 0) for (const thaw of [...this.gates]) thaw();
    };
  }
}
