/** Program text below the virtual disk. */
import * as real from 'node:fs';
import type { Lower } from '../../net/disk.ts';

/** Program text on the real disk, read-only. What cannot be read is not there. */
export const programText: Lower = {
  kindOf(path) {
    const stat = real.statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? undefined : stat.isDirectory() ? 'directory' : stat.isFile() ? 'file' : undefined;
  },
  read: (path) => real.readFileSync(path),
  list: (path) => real.readdirSync(path),
};
