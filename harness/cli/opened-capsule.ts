/** What `replay`, `shrink` and `report` share: a capsule, the scenario that it names, and one run of its plan. */
import { dirname, join, resolve } from 'node:path';
import { lockHash, readCapsule } from '../capsule.ts';
import type { Capsule } from '../capsule-format.ts';
import { expectAnswer, type Pool } from '../explore/pool.ts';
import type { ScenarioDescription, SubjectDescription, Target } from '../explore/protocol.ts';
import { projectRoot, seedstormVersion } from '../load.ts';
import { describeScenario } from './describe-scenario.ts';

export interface OpenedCapsule {
  readonly path: string;
  readonly capsule: Capsule;
  readonly target: Target;
  readonly scenario: ScenarioDescription;
  readonly subject: SubjectDescription;
}

/**
 * Reads a capsule and has its scenario and subject described by a child.
 * @throws SeedstormError of `readCapsule`, and `E_NOT_FOUND` where the scenario or subject is not there any more
 */
export async function openCapsule(pool: Pool, path: string): Promise<OpenedCapsule> {
  const capsule = readCapsule(path);
  const { profile } = capsule.plan;
  const name = scenarioOf(capsule, path);
  const target: Target = { scenario: name, subject: capsule.subject.name, profile, cwd: process.cwd() };
  const scenario = await describeScenario(pool, name, profile);
  const { description } = await expectAnswer(pool, { type: 'describe-subject', target }, 'subject-described');
  return { path, capsule, target, scenario, subject: description };
}

/** Where the capsule's scenario is: a built-in row, or a file found from the capsule's project. */
function scenarioOf({ scenario: { file, name } }: Capsule, path: string): string {
  if (file.startsWith('builtin:')) return name;
  return resolve(projectRoot(join(dirname(resolve(path)), 'x')), file);
}

/** What is not as it was when the capsule was written, a line each. */
export function differencesOf({ capsule, subject, scenario }: OpenedCapsule): readonly string[] {
  const lines: string[] = [];
  if (capsule.seedstorm !== seedstormVersion)
    lines.push(`Written by seedstorm ${capsule.seedstorm}; this is ${seedstormVersion}.`);
  const major = (version: string): string => version.split('.')[0]!;
  if (major(capsule.node) !== major(process.version))
    lines.push(
      `Written on Node ${capsule.node}; this is ${process.version}. The verdict is the same on both; the hash only where Node sends the same bytes.`,
    );
  for (const [file, hash] of Object.entries(capsule.subject.files)) {
    const now = subject.files[file];
    const kept = capsule.bundle?.[file] === undefined ? '' : ' The capsule carries its text (field bundle).';
    if (now === undefined) lines.push(`Changed: ${file} is not part of the subject any more.${kept}`);
    else if (now !== hash) lines.push(`Changed: ${file} is not the file that the capsule was made with.${kept}`);
  }
  if (!Object.values(subject.files).includes(capsule.scenario.hash))
    lines.push('Changed: the scenario is not the one that the capsule was made with.');
  if (capsule.lock !== lockHash(scenario.root))
    lines.push('Changed: the lock file (versions of the dependencies) is another one.');
  return lines;
}
