/** Programs of our own that run as children run from what is built, also when this file itself runs from source (tests). */
const folder = new URL(import.meta.url.endsWith('.ts') ? '../dist/infra/' : './', import.meta.url);

/** URL of a built file, by its path below `infra/`, such as `processes/reaper-main.js`. */
export function builtFile(path: string): URL {
  return new URL(path, folder);
}
