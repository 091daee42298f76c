/** `Intl` whose DateTimeFormat formats the process's now, in the process's zone, where the caller names neither. */
import type { VirtualProcess } from '../process.ts';

/** The `Intl` of one incarnation. */
export function createIntl(process: VirtualProcess, timeZone: string): typeof Intl {
  const now = (): number => Math.floor(process.wallMillis());
  const RealFormat = Intl.DateTimeFormat;
  class VirtualFormat extends RealFormat {
    constructor(locales?: Intl.LocalesArgument, options?: Intl.DateTimeFormatOptions) {
      super(locales, { timeZone, ...(options?.timeZone === undefined ? { ...options, timeZone } : options) });
    }
    override formatToParts(date?: Date | number): Intl.DateTimeFormatPart[] {
      return super.formatToParts(date ?? now());
    }
  }
  const realFormatGetter = Object.getOwnPropertyDescriptor(RealFormat.prototype, 'format')!.get!;
  Object.defineProperty(VirtualFormat.prototype, 'format', {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      const format = realFormatGetter.call(this) as (date: Date | number) => string;
      return (date?: Date | number) => format(date ?? now());
    },
  });
  // Callable without `new`, as the real one.
  const callable = new Proxy(VirtualFormat, {
    apply: (target, _self, args: ConstructorParameters<typeof RealFormat>) => new target(...args),
  });
  const virtual = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(Intl)) as typeof Intl;
  Object.defineProperty(virtual, 'DateTimeFormat', { value: callable, writable: true, configurable: true });
  return virtual;
}
