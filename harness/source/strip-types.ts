/**
 * TypeScript to JavaScript of the same module kind, for a Node that runs modules itself. The source map goes along inside the text.
 */
import { basename } from 'node:path';
import { cached, keep, transformKey } from './compile-cache.ts';
import { loadEsbuild } from './esbuild.ts';
import { isTypeScript, parseError, refuseNonErasable, stripOptions, type TransformOptions } from './transform.ts';

/** JavaScript comes back unchanged. Throws `E_PARSE` as `transform` does. */
export function stripTypes(source: string, options: TransformOptions): string {
  const { file, kind } = options;
  if (!isTypeScript(file)) return source;
  const key = transformKey(['strip', kind, basename(file), source]);
  const known = cached<string>(key);
  if (known !== undefined) return known;
  refuseNonErasable(source, options);
  try {
    const { code } = loadEsbuild().transformSync(source, {
      ...stripOptions(options),
      format: kind === 'module' ? 'esm' : 'cjs',
      define: {},
      platform: 'node',
      sourcefile: basename(file),
      sourcemap: 'inline',
    });
    keep(key, code);
    return code;
  } catch (error) {
    throw parseError(error, source, options);
  }
}
