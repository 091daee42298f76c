/**
 * Builds the real toxiproxy-server from the Go module proxy into `node_modules/.cache/seedstorm-toxiproxy`, unless it is there, and prints
 * its path: for the differential test. Needs Go 1.23 or newer. Usage: `tsx scripts/fetch-toxiproxy.ts`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest release; built with Go 1.26. */
const VERSION = '2.12.0';
const MODULE = 'github.com/Shopify/toxiproxy/v2';

const folder = fileURLToPath(new URL('../node_modules/.cache/seedstorm-toxiproxy', import.meta.url));
const binary = join(folder, `toxiproxy-server-${VERSION}`);

/** The oldest 1.x of Go that its go.mod takes. */
const GO_MINOR_MIN = 23;

/** True when the server is there, or can be built. */
export function hasToxiproxy(): boolean {
  if (existsSync(binary)) return true;
  try {
    const minor = /go1\.(\d+)/.exec(execFileSync('go', ['version'], { encoding: 'utf8' }))?.[1];
    return Number(minor) >= GO_MINOR_MIN;
  } catch {
    return false;
  }
}

/** The path of the server, built if need be. */
export function fetchToxiproxy(): string {
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const workplace = mkdtempSync(join(folder, 'build-'));
  try {
    // `go install` names the program after its folder.
    execFileSync(
      'go',
      ['install', '-ldflags', `-s -w -X ${MODULE}.Version=${VERSION}`, `${MODULE}/cmd/server@v${VERSION}`],
      {
        env: { ...process.env, GOBIN: workplace },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    renameSync(join(workplace, process.platform === 'win32' ? 'server.exe' : 'server'), binary);
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(fetchToxiproxy());
