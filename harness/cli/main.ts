#!/usr/bin/env node
/** The command line: parses, runs one command, prints errors without a stack, and exits with its code. */
import { cac } from 'cac';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import { seedstormVersion } from '../load.ts';
import { exitCode } from './exit-codes.ts';

const cli = cac('seedstorm');

type Options = Record<string, unknown>;
type Action = () => Promise<number>;
let action: Action | undefined;

/** Numbers that the parser made of `--seed 17` are texts again: each command checks its own. */
function texts(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
  );
}

cli
  .command('run [...scenarios]', 'Run scenarios over many seeds: names of built-in rows, or paths of scenario modules')
  .option('--subject <name>', 'naive, hardened, mutant:NAME, all, or path:FILE (default: all)')
  .option('--seeds <range>', 'Seeds: 200 means 1..200; also 5..9,12')
  .option('--seed <n>', 'One seed')
  .option('--time <duration>', 'Start no further seed after this time, such as 60s')
  .option('--no-faults', 'Run the plans without their faults')
  .option('--all', 'Go on after the first violation')
  .option('--bail', 'Stop at the first violation of anything')
  .option('--bundle', 'Put the sources of scenario, programs and services into capsules')
  .option('--explore <how>', 'blind, swarm, guided (by coverage) or points (one message after another)', {
    default: 'blind',
  })
  .option('--corpus <dir>', 'With --explore guided: folder of the plans that reached something new')
  .option('--no-shrink', 'Keep the plan of a violation as it was found')
  .option('--shrink-runs <n>', 'Most runs that shrinking may take', { default: '200' })
  .option('--shrink-time <duration>', 'Most time that shrinking may take', { default: '30s' })
  .option('--no-explain', 'Do not look for what a violation needed, and from when on it was likely')
  .option('--explain-time <duration>', 'Most time for that, within 300 runs', { default: '5s' })
  .option('--profile <name>', 'full or short durations (default: full, in infra short)')
  .option('--mode <name>', 'sim or infra', { default: 'sim' })
  .option('--provider <name>', 'infra: local, containers or external', { default: 'local' })
  .option('--server <name=url>', 'infra, external: where a server is; may be repeated')
  .option('--image <type=image>', 'infra, containers: image of redis or postgres; may be repeated')
  .option('--allow-existing-data', 'infra, external: a Redis that is not empty may be written to')
  .option('--workers <n>', 'Child processes (default: one a core)')
  .option('--shard <i/n>', 'Run the i-th of n parts of the seeds')
  .option('--node <path>', 'Run the children with this Node binary')
  .option('--out <dir>', 'Folder of the report', { default: 'seedstorm-report' })
  .option('--no-report', 'Write no pages')
  .option('--junit <file>', 'Write JUnit XML')
  .option('--json', 'Print one JSON object on stdout')
  .action((scenarios: string[], options: Options) => {
    action = async () => (await import('./run.ts')).run(scenarios, texts(options) as never);
  });

cli
  .command('replay <capsule>', 'Run the plan of a capsule again')
  .option('--trace <file>', 'Write the history, one JSON record a line')
  .option('--perfetto <file>', 'Write a trace for ui.perfetto.dev')
  .option('--logs', 'Print the logs of all processes with true time and node clock')
  .option('--page <file>', 'Write the run page')
  .option('--until <duration>', 'Let trace, logs and page end at this true time, such as 12.5s')
  .option('--inspect', 'Wait for a debugger, and stop in it at --until: it shows all processes at that instant')
  .option('--inspect-port <n>', 'Port of the debugger; 0 for any', { default: '9229' })
  .option('--node <path>', 'Run with this Node binary')
  .option('--mode <name>', 'sim or infra', { default: 'sim' })
  .option('--provider <name>', 'infra: local, containers or external', { default: 'local' })
  .option('--server <name=url>', 'infra, external: where a server is; may be repeated')
  .option('--image <type=image>', 'infra, containers: image of redis or postgres; may be repeated')
  .option('--allow-existing-data', 'infra, external: a Redis that is not empty may be written to')
  .option('--repeat <n>', 'infra: run it so many times, and say how often it was seen', { default: '1' })
  .option('--json', 'Print one JSON object on stdout')
  .action((capsule: string, options: Options) => {
    action = async () => (await import('./replay.ts')).replay(String(capsule), texts(options) as never);
  });

cli
  .command('shrink <capsule>', 'Make the plan of a capsule smaller; only the same broken invariant counts')
  .option('--runs <n>', 'Most runs that it may take', { default: '1000' })
  .option('--time <duration>', 'Most time that it may take', { default: '5m' })
  .option('--no-explain', 'Do not look for what the violation needed, and from when on it was likely')
  .option('--explain-time <duration>', 'Most time for that, within 300 runs', { default: '30s' })
  .option('--out <file>', 'Where the smaller capsule goes (default: NAME-shrunk.json beside it)')
  .option('--node <path>', 'Run with this Node binary')
  .option('--json', 'Print one JSON object on stdout')
  .action((capsule: string, options: Options) => {
    action = async () => (await import('./shrink.ts')).shrink(String(capsule), texts(options) as never);
  });

cli
  .command('report [...capsules]', 'Make the pages of capsules, or of all capsules in a folder')
  .option('--out <dir>', 'Folder of the pages', { default: 'seedstorm-report' })
  .option('--node <path>', 'Run with this Node binary')
  .option('--json', 'Print one JSON object on stdout')
  .action((capsules: string[], options: Options) => {
    action = async () => (await import('./report.ts')).report(capsules.map(String), texts(options) as never);
  });

cli
  .command('merge [...results]', 'Make one result of those that the shards of a run printed (run --shard i/n --json)')
  .option('--junit <file>', 'Write JUnit XML')
  .option('--json', 'Print one JSON object on stdout')
  .action((results: string[], options: Options) => {
    action = async () => (await import('./merge.ts')).merge(results.map(String), texts(options) as never);
  });

cli
  .command('check <history>', 'Judge a recorded history (one JSON record a line; - is standard input)')
  .option('--model <name>', 'What each object is: register, kv, queue, lock or set')
  .option('--operations <glob>', 'Only operations whose name matches')
  .option('--budget <n>', 'Most steps of the search', { default: '1000000' })
  .option('--json', 'Print one JSON object on stdout')
  .action((history: string, options: Options) => {
    action = async () => (await import('./check.ts')).check(String(history), texts(options) as never);
  });

cli
  .command('init', 'Write a first scenario that runs at once, or one for your own program')
  .option('--from <program>', 'Look at what this program imports, and write the scenario for it')
  .option('--json', 'Print one JSON object on stdout')
  .action((options: Options) => {
    action = async () => (await import('./init.ts')).init(texts(options) as never);
  });

cli
  .command('verify [...scenarios]', 'Check that the same seed gives the same run, in and across processes')
  .option('--seeds <range>', 'Seeds', { default: '20' })
  .option('--subject <name>', 'As in run (default: all)')
  .option('--profile <name>', 'full or short durations', { default: 'full' })
  .option('--node <path>', 'Compare with this Node binary too; may be repeated')
  .option('--verdicts-only', 'Compare only verdicts across Node binaries')
  .option('--workers <n>', 'Child processes (default: one a core)')
  .option('--json', 'Print one JSON object on stdout')
  .action((scenarios: string[], options: Options) => {
    action = async () => (await import('./verify.ts')).verify(scenarios, texts(options) as never);
  });

cli
  .command('list [...scenarios]', 'Show scenarios with their subjects, faults and invariants')
  .option('--json', 'Print one JSON object on stdout')
  .action((scenarios: string[], options: Options) => {
    action = async () => (await import('./list.ts')).list(scenarios, options as never);
  });

cli
  .command('serve <server>', 'Put the simulated redis or postgres on a real port')
  .option('--port <n>', 'Port; 0 for any', { default: '0' })
  .option('--host <address>', 'Address', { default: '127.0.0.1' })
  .option('--password <text>', 'Password that clients must give')
  .option('--schema <sql>', 'Postgres: SQL to run at the start')
  .option('--verbose', 'Print the server log')
  .option('--json', 'Print one JSON object on stdout once it listens')
  .action((server: string, options: Options) => {
    action = async () => (await import('./serve.ts')).serve(server, texts(options) as never);
  });

cli
  .command('proxy', "Run a proxy with Toxiproxy's HTTP API and toxics")
  .option('--port <n>', 'Port of the API; 0 for any', { default: '8474' })
  .option('--host <address>', 'Address of the API; proxies listen on loopback only, unless this is another', {
    default: '127.0.0.1',
  })
  .option('--json', 'Print one JSON object on stdout once it listens')
  .action((options: Options) => {
    action = async () => (await import('./proxy.ts')).proxy(texts(options) as never);
  });

cli
  .command('doctor <program>', "List which of Node's modules a program reaches, and which of them sim has")
  .option('--json', 'Print one JSON object on stdout')
  .action((program: string, options: Options) => {
    action = async () => (await import('./doctor.ts')).doctor(String(program), options as never);
  });

cli.help();
cli.version(seedstormVersion);

async function main(): Promise<number> {
  try {
    cli.parse(process.argv, { run: false });
    if (cli.options['help'] === true || cli.options['version'] === true) return exitCode.expected;
    if (cli.matchedCommand === undefined) {
      if (cli.args.length > 0)
        throw new SeedstormError('E_USAGE', `There is no command "${cli.args[0]}". "seedstorm --help" lists them.`);
      cli.outputHelp();
      return exitCode.usage;
    }
    cli.runMatchedCommand();
    return await action!();
  } catch (error) {
    return tell(error);
  }
}

const usageCodes = new Set(['E_USAGE', 'E_INPUT', 'E_NOT_FOUND', 'E_PARSE', 'E_VERSION', 'E_UNSUPPORTED', 'E_REFUSED']);

function tell(error: unknown): number {
  // The parser's own errors are about usage.
  if (error instanceof Error && error.name === 'CACError') {
    process.stderr.write(`seedstorm: ${error.message}. "seedstorm --help" shows the options.\n`);
    return exitCode.usage;
  }
  if (error instanceof SeedstormError) {
    process.stderr.write(`seedstorm: ${error.message}\n`);
    return usageCodes.has(error.code) ? exitCode.usage : exitCode.error;
  }
  process.stderr.write(`seedstorm: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return exitCode.error;
}

// Output that is still under way is written before the end; open handles do not keep a finished command alive.
const code = await main();
process.exitCode = code;
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
);
process.exit(code);
