/**
 * Ends a process with all that it started. A group alone is not enough: the backends of Postgres are sessions of their own, and a
 * program may start what it likes.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Processes below `root`, itself included, children first. */
export function descendants(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of parentsOfAll()) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found: number[] = [];
  const visit = (pid: number): void => {
    for (const child of children.get(pid) ?? []) visit(child);
    found.push(pid);
  };
  visit(root);
  return found;
}

/** Sends a signal to the group that `leader` leads. Returns false when there is no such group. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false;
  }
}

/** Kills a group, and everything below its leader. */
export function killTree(leader: number): void {
  // Looked up before the leader dies: its children would then belong to the system's first process.
  const below = descendants(leader);
  signalGroup(leader, 'SIGKILL');
  for (const pid of below) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function parentsOfAll(): readonly (readonly [pid: number, parent: number])[] {
  if (process.platform !== 'linux') return parentsByPs();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // `pid (name) state ppid ...`, and the name may hold anything.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [[Number(name), parent] as const];
    } catch {
      return [];
    }
  });
}

function parentsByPs(): readonly (readonly [number, number])[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}
