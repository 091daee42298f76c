/** The options of `--mode infra`, as the command line has them. */
import { SeedstormError } from '../../sim/kernel/errors.ts';
import type { InfraOptions } from '../infra-options.ts';

export interface InfraFlags {
  readonly mode: string;
  readonly provider?: string;
  /** `NAME=URL`, once or more. */
  readonly server?: string | readonly string[];
  /** `redis=IMAGE` or `postgres=IMAGE`, once or more. */
  readonly image?: string | readonly string[];
  readonly allowExistingData?: boolean;
}

/**
 * What the flags say about the real world, or undefined for sim.
 * @throws SeedstormError `E_USAGE` that names the flag
 */
export function infraOptions(flags: InfraFlags, env: NodeJS.ProcessEnv = process.env): InfraOptions | undefined {
  const { mode, provider = 'local' } = flags;
  if (mode === 'sim') return undefined;
  if (mode !== 'infra') throw new SeedstormError('E_USAGE', `--mode: "${mode}" is neither sim nor infra.`);
  if (provider !== 'local' && provider !== 'containers' && provider !== 'external')
    throw new SeedstormError('E_USAGE', `--provider: "${provider}" is neither local nor containers nor external.`);
  const images = pairs('--image', flags.image);
  const unknown = Object.keys(images).find((type) => type !== 'redis' && type !== 'postgres');
  if (unknown !== undefined)
    throw new SeedstormError('E_USAGE', `--image ${unknown}=...: an image is for redis or for postgres.`);
  const redis = images['redis'] ?? env['SEEDSTORM_REDIS_IMAGE'];
  const postgres = images['postgres'] ?? env['SEEDSTORM_POSTGRES_IMAGE'];
  const toxiproxyUrl = env['TOXIPROXY_URL'];
  return {
    provider,
    urls: pairs('--server', flags.server),
    mayTouchData: flags.allowExistingData === true,
    images: { ...(redis === undefined ? {} : { redis }), ...(postgres === undefined ? {} : { postgres }) },
    ...(toxiproxyUrl === undefined || toxiproxyUrl === '' ? {} : { toxiproxyUrl }),
  };
}

function pairs(flag: string, given: string | readonly string[] | undefined): Readonly<Record<string, string>> {
  const texts = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new SeedstormError('E_USAGE', `${flag} ${text}: write ${flag} NAME=VALUE.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
