/**
 * The `containers` provider: one container a server, through testcontainers, which is loaded on use. A container is removed at the end of
 * its run; one whose harness was killed is removed by the reaper.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { StartedTestContainer } from 'testcontainers';
import { loadPeer } from '../../harness/peer.ts';
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { SocketAddress } from '../addresses.ts';
import { reaper } from '../processes/reaper.ts';
import { POSTGRES_DATABASE, POSTGRES_USER } from './local-postgres.ts';
import type { PostgresNeeds, Provider, ProviderContext, RedisNeeds, RunningServer } from './server.ts';

export interface Images {
  readonly redis?: string;
  readonly postgres?: string;
}

/** The versions that sim has. */
const officialImages = { redis: 'redis:7.0', postgres: 'postgres:15' } as const;

export function containersProvider(images: Images): Provider {
  return (needs, context) => {
    const image = images[needs.type] ?? officialImages[needs.type];
    return needs.type === 'redis' ? startRedis(needs, image, context) : startPostgres(needs, image, context);
  };
}

async function startRedis(needs: RedisNeeds, image: string, context: ProviderContext): Promise<RunningServer> {
  const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', needs.appendfsync, '--protected-mode', 'no'];
  const password = needs.password === undefined ? [] : ['--requirepass', needs.password];
  const command = ['redis-server', ...settings, '--maxmemory', String(needs.maxmemory), ...password];
  const container = await start(needs.name, image, context, {
    port: 6379,
    command,
    ready: /Ready to accept connections/,
  });
  return {
    needs,
    ...container,
    credentials: { user: undefined, password: needs.password, database: undefined },
  };
}

async function startPostgres(needs: PostgresNeeds, image: string, context: ProviderContext): Promise<RunningServer> {
  const settings = [
    'wal_level=logical',
    'fsync=off',
    `max_connections=${needs.maxConnections + 3}`,
    'timezone=Etc/UTC',
  ];
  const container = await start(needs.name, image, context, {
    port: 5432,
    command: ['postgres', ...settings.flatMap((setting) => ['-c', setting])],
    environment: {
      POSTGRES_USER,
      POSTGRES_DB: POSTGRES_DATABASE,
      POSTGRES_PASSWORD: needs.password,
      POSTGRES_HOST_AUTH_METHOD: needs.auth,
      POSTGRES_INITDB_ARGS: '--locale=C -E UTF8',
    },
    // The image starts the server twice: the first one listens on no port.
    ready: /listening on IPv4 address[\s\S]*database system is ready to accept connections/,
  });
  return {
    needs,
    ...container,
    credentials: { user: POSTGRES_USER, password: needs.password, database: POSTGRES_DATABASE },
  };
}

interface ContainerNeeds {
  readonly port: number;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ready: RegExp;
}

async function start(
  name: string,
  image: string,
  context: ProviderContext,
  { port, command, environment = {}, ready }: ContainerNeeds,
): Promise<Pick<RunningServer, 'address' | 'description' | 'close'>> {
  await requireEngine();
  const { GenericContainer, Wait } = await loadTestcontainers();
  let log = '';
  let isReady: () => void = () => {};
  const readiness = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  let container: StartedTestContainer;
  try {
    container = await new GenericContainer(image)
      .withExposedPorts(port)
      .withEnvironment(environment)
      .withCommand([...command])
      .withWaitStrategy(Wait.forListeningPorts())
      .withLogConsumer((stream) =>
        stream.on('data', (line: Buffer | string) => {
          log += line;
          context.log(name, String(line).trimEnd());
          if (ready.test(log)) isReady();
        }),
      )
      .start();
  } catch (error) {
    throw new SeedstormError(
      'E_NOT_FOUND',
      `The container of ${name} did not start from the image ${image}: ${(error as Error).message}. Pull it (docker pull ${image}), name another with --image, or use --provider local.`,
      { cause: error },
    );
  }
  const forget = reaper().watch({
    kind: 'command',
    command: 'docker',
    args: ['rm', '--force', '--volumes', container.getId()],
  });
  await readiness;
  const address: SocketAddress = { address: container.getHost(), port: container.getMappedPort(port) };
  return {
    address,
    description: `${image} (container)`,
    close: async () => {
      await container.stop({ remove: true, removeVolumes: true });
      forget();
    },
  };
}

async function loadTestcontainers() {
  try {
    return await loadPeer('testcontainers', '--provider containers', () => import('testcontainers'));
  } catch (error) {
    if (error instanceof SeedstormError) throw error;
    throw new SeedstormError(
      'E_VERSION',
      `--provider containers: the package testcontainers does not load on Node ${process.version} (${(error as Error).message}). Its newest major needs Node 22.22; install testcontainers@11 for Node 20.`,
      { cause: error },
    );
  }
}

/** @throws SeedstormError `E_NOT_FOUND` where no Docker engine answers */
export async function requireEngine(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeout: 10_000,
    });
    return stdout.trim();
  } catch (error) {
    const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
    const why = (stderr.trim() === '' ? message : stderr).trim().split('\n')[0];
    throw new SeedstormError(
      'E_NOT_FOUND',
      `--provider containers needs a Docker engine, and none answers (${why}). Start one (dockerd, or Docker Desktop), set DOCKER_HOST, or use --provider local.`,
      { cause: error },
    );
  }
}
