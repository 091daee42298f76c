/** Packages that only some users need: they are loaded on use, and one that is not there is asked for with the command that installs it. */
import { SeedstormError } from '../sim/kernel/errors.ts';

/**
 * The module that `load` imports.
 * @param name the package, for the error
 * @param purpose what needs it, at the start of a sentence
 * @throws SeedstormError `E_NOT_FOUND` with the command that installs it
 */
export async function loadPeer<Module>(
  name: 'vitest' | 'testcontainers',
  purpose: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND' || !String(message).includes(name)) throw error;
    throw new SeedstormError(
      'E_NOT_FOUND',
      `${purpose} needs the package ${name}, which is not installed. Install it with: npm install --save-dev ${name}`,
      { cause: error },
    );
  }
}
