/**
 * Reads a plan that came from a file or a person, and says what is wrong with it: one clear error that names the field, as in
 * `faults[2].between[0][1]: unknown host "wroker-1"; hosts are ...`.
 */
import type { z } from 'zod';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { faultKinds } from '../faults/registry.ts';
import { isGlob, linkSides, matchesGlob } from '../labels/glob.ts';
import type { Scenario } from '../scenario.ts';
import { type Fault, PLAN_FORMAT, type Plan, planShape } from './format.ts';
import { clientHost, faultContextOf } from './surroundings.ts';

/**
 * The plan in some JSON (a text, or a value).
 * @param scenario its names and times are checked too, where it is given
 * @throws SeedstormError `E_PARSE` for no JSON, `E_VERSION` for a newer format, `E_INPUT` for a wrong field, which it names
 */
export function readPlan(json: unknown, scenario?: Scenario): Plan {
  const value = typeof json === 'string' ? parseJson(json) : json;
  checkFormat(value);
  const shape = planShape.safeParse(value);
  if (!shape.success) throw wrong(shape.error, value, '');
  const plan: Plan = { ...shape.data, faults: shape.data.faults.map(readFault) };
  checkIds(plan.faults);
  if (scenario !== undefined) checkAgainst(plan, scenario);
  return plan;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SeedstormError('E_PARSE', `The plan is not JSON: ${(error as Error).message}.`);
  }
}

function checkFormat(value: unknown): void {
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format === PLAN_FORMAT) return;
  const version = typeof format === 'string' ? /^seedstorm\/plan@(\d+)$/.exec(format)?.[1] : undefined;
  if (version !== undefined && Number(version) > 1) {
    throw new SeedstormError(
      'E_VERSION',
      `format: the plan is "${format}", and this seedstorm reads "${PLAN_FORMAT}". Update seedstorm to read it.`,
    );
  }
  throw new SeedstormError(
    'E_INPUT',
    `format: expected "${PLAN_FORMAT}", found ${JSON.stringify(format) ?? 'nothing'}.`,
  );
}

function readFault(raw: { readonly kind: string }, index: number): Fault {
  const kind = faultKinds.get(raw.kind);
  const place = `faults[${index}]`;
  if (kind === undefined) {
    throw input(`${place}.kind`, `unknown kind "${raw.kind}"; kinds are ${[...faultKinds.keys()].join(', ')}`);
  }
  const parsed = kind.schema.safeParse(raw);
  if (!parsed.success) throw wrong(parsed.error, raw, place);
  return parsed.data as Fault;
}

function checkIds(faults: readonly Fault[]): void {
  const places = new Map<string, number>();
  for (const [index, { id }] of faults.entries()) {
    const other = places.get(id);
    if (other !== undefined) throw input(`faults[${index}].id`, `"${id}" is the id of faults[${other}] already`);
    places.set(id, index);
  }
}

function checkAgainst(plan: Plan, scenario: Scenario): void {
  const { name } = scenario.definition;
  if (plan.scenario !== name) throw input('scenario', `the plan is of "${plan.scenario}", the scenario is "${name}"`);
  const context = faultContextOf(scenario, plan.profile);
  const servers = [...context.redis, ...context.postgres, ...context.services];
  const names = {
    process: context.processes,
    server: servers,
    host: [...context.processes, ...servers, clientHost],
  } as const;
  for (const [index, absent] of (plan.absent ?? []).entries()) {
    if (!context.processes.includes(absent))
      throw input(
        `absent[${index}]`,
        `unknown process "${absent}"; processes are ${context.processes.join(', ') || 'none'}`,
      );
  }
  for (const [index, fault] of plan.faults.entries()) {
    const place = `faults[${index}]`;
    for (const { field, name, role } of faultKinds.get(fault.kind)!.names(fault)) {
      if (plan.absent?.includes(name) === true)
        throw input(`${place}.${field}`, `"${name}" is never started: it is in "absent"`);
      if (names[role].includes(name)) continue;
      throw input(
        `${place}.${field}`,
        `unknown ${role} "${name}"; ${plural[role]} are ${names[role].join(', ') || 'none'}`,
      );
    }
    checkTrigger(fault, place, names.host);
    if (fault.at !== undefined && fault.at >= context.durationMs) {
      throw input(`${place}.at`, `${fault.at} ms lies outside the run; faults start before ${context.durationMs} ms`);
    }
  }
}

const plural = { process: 'processes', server: 'servers', host: 'hosts' } as const;

function checkTrigger({ on }: Fault, place: string, hosts: readonly string[]): void {
  if (on === undefined) return;
  for (const side of Object.values(linkSides(on.link))) {
    if (hosts.some((host) => matchesGlob(side, host))) continue;
    const what = isGlob(side) ? `no host matches "${side}"` : `unknown host "${side}"`;
    throw input(`${place}.on.link`, `${what}; hosts are ${hosts.join(', ')}`);
  }
}

function input(field: string, message: string): SeedstormError {
  return new SeedstormError('E_INPUT', `${field}: ${message}.`);
}

/** The first issue of a schema, with the field as a path and the value that was found there. */
function wrong(error: z.ZodError, value: unknown, place: string): SeedstormError {
  const issue = error.issues[0]!;
  let path = [...issue.path];
  if (issue.code === 'unrecognized_keys') {
    path = [...path, issue.keys[0]!];
    return input(pathText(place, path), 'unknown field');
  }
  let found: unknown = value;
  for (const step of path) found = (found as Record<PropertyKey, unknown> | undefined)?.[step];
  const shown = JSON.stringify(found);
  const suffix = shown === undefined || shown.length > 60 || issue.code === 'custom' ? '' : ` (it is ${shown})`;
  return input(pathText(place, path), `${issue.message}${suffix}`);
}

function pathText(place: string, path: readonly PropertyKey[]): string {
  let text = place;
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? String(step) : `.${String(step)}`;
  }
  return text === '' ? 'plan' : text;
}
