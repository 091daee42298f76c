/**
 * Fetches Node binaries of other majors from the npm package `node` into `node_modules/.cache/seedstorm-nodes`, and prints their paths,
 * one a line: for `seedstorm verify --node PATH`. Usage: `tsx scripts/fetch-nodes.ts [22 24 26]`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../node_modules/.cache/seedstorm-nodes', import.meta.url));
const majors = process.argv.slice(2);

for (const major of majors.length > 0 ? majors : ['20', '22', '24', '26']) {
  const home = join(folder, major);
  const binary = join(home, 'node_modules/node/bin/node');
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "private": true }');
    // The package's own install script puts the binary of the platform's package in place.
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts=false', `node@${major}`],
      { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (!existsSync(binary))
      execFileSync(process.execPath, ['node_modules/node/installArchSpecificPackage.js'], {
        cwd: home,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
  }
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  if (!version.startsWith(`v${major}.`)) throw new Error(`${binary} is ${version}, not ${major}.`);
  console.log(binary);
}
