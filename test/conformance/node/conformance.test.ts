/**
 * The same program bodies on real Node and in sim. Goal: what a program can observe of its own runtime is equal, line by line.
 * Programs are grouped by module in `*.cases.ts`.
 */
import { describe, expect, it } from 'vitest';
import { inSim, onNode } from './both.ts';
import { cases as files } from './fs.cases.ts';
import { cases as http } from './http.cases.ts';
import { type Case, cases as net } from './net.cases.ts';
import { cases as life } from './process.cases.ts';
import { cases as timers } from './timers.cases.ts';

describe.each<[string, Readonly<Record<string, Case>>]>([
  ['net', net],
  ['http and fetch', http],
  ['timers and the order of events', timers],
  ['the life of a process', life],
  ['fs', files],
])('%s', (_, cases) => {
  // Real Node is at the mercy of a loaded machine where a program measures time; sim is not.
  it.each(Object.entries(cases))('%s', { retry: 2 }, async (_name, given) => {
    const { program, ...options } = typeof given === 'string' ? { program: given } : given;
    const real = await onNode(program, options);
    expect(await inSim(program, options)).toEqual(real);
  });
});
