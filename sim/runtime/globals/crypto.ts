/**
 * The random half of `crypto` from the incarnation's own stream; hashes, HMACs and ciphers are the realm's. Thread-pool work (pbkdf2,
 * scrypt, WebCrypto) really runs on the pool, and completes at a fixed virtual time whatever order it finished in.
 * Refused by name: what draws randomness inside OpenSSL (key generation, ECDSA and PSS signatures), since no seed decides it.
 */
import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import type { VirtualProcess } from '../process.ts';
import { refuse, refusing } from '../refusal.ts';

/** Virtual time that a thread-pool job takes, µs. */
const JOB_MICROS = 1500;

/** With its members that cannot be enumerated. */
const realModule = createRequire(import.meta.url)('node:crypto') as Record<string, unknown>;

type Callback = (error: Error | null, ...values: unknown[]) => void;

function uuidOf(bytes: Buffer): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Lets a real promise settle at a fixed virtual time. */
export function virtually<T>(process: VirtualProcess, start: () => Promise<T>, micros = JOB_MICROS): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    process.ref();
    process.kernel.external(
      process,
      micros,
      (complete) => {
        start().then(
          (value) => complete({ value }),
          (error: unknown) => complete({ error }),
        );
      },
      (outcome) => {
        process.unref();
        if ('error' in outcome) reject(outcome.error as Error);
        else resolve(outcome.value as T);
      },
    );
  });
}

function isIntegerArray(view: unknown): boolean {
  return (
    ArrayBuffer.isView(view) &&
    !(view instanceof DataView) &&
    !(view instanceof Float32Array) &&
    !(view instanceof Float64Array)
  );
}

function createSubtle(process: VirtualProcess): SubtleCrypto {
  const real = crypto.webcrypto.subtle as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const virtual = {} as Record<string, unknown>;
  for (const name of [
    'encrypt',
    'decrypt',
    'verify',
    'digest',
    'importKey',
    'exportKey',
    'deriveBits',
    'deriveKey',
    'wrapKey',
    'unwrapKey',
  ]) {
    virtual[name] = (...args: unknown[]) => virtually(process, () => real[name]!.apply(real, args));
  }
  virtual['sign'] = (algorithm: string | { name: string }, ...args: unknown[]) => {
    const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
    if (/ECDSA|PSS/i.test(name)) return refuse(process, `crypto.subtle.sign with ${name}, whose signatures are random`);
    return virtually(process, () => real['sign']!.call(real, algorithm, ...args));
  };
  virtual['generateKey'] = (
    algorithm: { name: string; length?: number; hash?: unknown },
    extractable: boolean,
    usages: string[],
  ) => {
    const name = typeof algorithm === 'string' ? algorithm : algorithm.name;
    if (!/^(HMAC|AES-)/i.test(name))
      return refuse(process, `crypto.subtle.generateKey of ${name}, which draws from OpenSSL`);
    const bits = algorithm.length ?? 512;
    const raw = process.stream('crypto').bytes(bits / 8);
    return virtually(process, () => real['importKey']!.call(real, 'raw', raw, algorithm, extractable, usages));
  };
  Object.setPrototypeOf(virtual, Object.getPrototypeOf(crypto.webcrypto.subtle) as object);
  return virtual as unknown as SubtleCrypto;
}

export interface VirtualCrypto {
  /** `node:crypto`. */
  readonly module: object;
  /** The global `crypto`. */
  readonly web: object;
}

/** The `crypto` of one incarnation. */
export function createCrypto(process: VirtualProcess): VirtualCrypto {
  const stream = process.stream('crypto');
  const randomUUID = (): string => uuidOf(stream.bytes(16));
  const fill = (view: ArrayBufferView, offset = 0, size = view.byteLength - offset): void => {
    Buffer.from(view.buffer, view.byteOffset + offset, size).set(stream.bytes(size));
  };
  const getRandomValues = <T extends ArrayBufferView>(view: T): T => {
    // Node itself says what is wrong with an argument.
    if (!isIntegerArray(view) || view.byteLength > 65_536) crypto.webcrypto.getRandomValues(view as never);
    fill(view);
    return view;
  };
  const later = (callback: Callback, compute: () => unknown): void => {
    process.ref();
    process.kernel.external(
      process,
      JOB_MICROS,
      (complete) => {
        try {
          complete({ value: compute() });
        } catch (error) {
          complete({ error });
        }
      },
      (outcome) => {
        process.unref();
        if ('error' in outcome) callback(outcome.error as Error);
        else callback(null, outcome.value);
      },
    );
  };
  const randomBytes = (size: number, callback?: Callback): Buffer | undefined => {
    if (
      !(Number.isInteger(size) && size >= 0 && size < 2 ** 31) ||
      (callback !== undefined && typeof callback !== 'function')
    )
      return crypto.randomBytes(size, callback as never) as never;
    if (callback === undefined) return stream.bytes(size);
    later(callback, () => stream.bytes(size));
    return undefined;
  };
  const randomInt = (...args: [number, (number | Callback)?, Callback?]): number | undefined => {
    const callback = args.findLast((argument) => typeof argument === 'function') as Callback | undefined;
    const [low, high] = typeof args[1] === 'number' ? [args[0], args[1]] : [0, args[0]];
    const isRange = Number.isSafeInteger(low) && Number.isSafeInteger(high) && high > low && high - low < 2 ** 48;
    if (!isRange) return (crypto.randomInt as (...values: unknown[]) => number)(...args);
    const draw = (): number => low + Math.floor(stream.double() * (high - low));
    if (callback === undefined) return draw();
    later(callback, draw);
    return undefined;
  };
  const randomFillSync = (view: ArrayBufferView, offset?: number, size?: number): ArrayBufferView => {
    fill(view, offset, size);
    return view;
  };
  const randomFill = (view: ArrayBufferView, ...rest: unknown[]): void => {
    const callback = rest.pop() as Callback;
    later(callback, () => randomFillSync(view, ...(rest as number[])));
  };
  const subtle = createSubtle(process);
  const web = Object.create(Object.getPrototypeOf(crypto.webcrypto) as object, {
    getRandomValues: { value: getRandomValues, enumerable: true },
    randomUUID: { value: randomUUID, enumerable: true },
    subtle: { value: subtle, enumerable: true },
  }) as object;

  /** Runs a callback function of the realm as a thread-pool job of the process. */
  const pooled =
    (name: 'pbkdf2' | 'scrypt' | 'hkdf') =>
    (...args: unknown[]): void => {
      const callback = args.pop() as Callback;
      process.ref();
      process.kernel.external(
        process,
        JOB_MICROS,
        (complete) => {
          (crypto[name] as (...values: unknown[]) => void)(...args, (error: Error | null, value: unknown) =>
            complete(error === null || error === undefined ? { value } : { error }),
          );
        },
        (outcome) => {
          process.unref();
          if ('error' in outcome) callback(outcome.error as Error);
          else callback(null, outcome.value);
        },
      );
    };
  const isRandomSignature = (key: unknown): boolean => {
    try {
      const keyObject = key instanceof crypto.KeyObject ? key : crypto.createPrivateKey(key as crypto.PrivateKeyInput);
      return (
        keyObject.asymmetricKeyType === 'ec' ||
        keyObject.asymmetricKeyType === 'dsa' ||
        keyObject.asymmetricKeyType === 'rsa-pss'
      );
    } catch {
      return false;
    }
  };
  const createSign = (algorithm: string, options?: unknown): crypto.Sign => {
    const signer = crypto.createSign(algorithm, options as never);
    const { sign } = signer;
    signer.sign = function (this: crypto.Sign, key: never, encoding?: never) {
      if (
        isRandomSignature(key) ||
        (key as { padding?: number } | null)?.padding === crypto.constants.RSA_PKCS1_PSS_PADDING
      ) {
        return refuse(
          process,
          'crypto.createSign with a key whose signatures are random (EC, DSA, PSS)',
          'Sign with HMAC, RSA PKCS#1 or Ed25519 in sim, or run with --mode infra.',
        );
      }
      return sign.call(this, key, encoding as never) as never;
    } as unknown as typeof sign;
    return signer;
  };
  const sign = (
    algorithm: string | null | undefined,
    data: NodeJS.ArrayBufferView,
    key: never,
    callback?: Callback,
  ): Buffer | undefined => {
    if (isRandomSignature(key))
      return refuse(
        process,
        'crypto.sign with a key whose signatures are random (EC, DSA, PSS)',
        'Sign with HMAC, RSA PKCS#1 or Ed25519 in sim, or run with --mode infra.',
      );
    if (callback === undefined) return crypto.sign(algorithm, data, key);
    later(callback, () => crypto.sign(algorithm, data, key));
    return undefined;
  };
  const generateSecret = (_type: string, { length }: { length: number }): crypto.KeyObject =>
    crypto.createSecretKey(stream.bytes(length / 8));
  const module: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(realModule)) {
    Object.defineProperty(module, name, {
      get: () => realModule[name],
      enumerable: true,
      configurable: true,
    });
  }
  const own: Record<string, unknown> = {
    randomUUID,
    randomBytes,
    pseudoRandomBytes: randomBytes,
    rng: randomBytes,
    prng: randomBytes,
    randomInt,
    randomFill,
    randomFillSync,
    getRandomValues,
    webcrypto: web,
    subtle,
    pbkdf2: pooled('pbkdf2'),
    scrypt: pooled('scrypt'),
    hkdf: pooled('hkdf'),
    createSign,
    sign,
    generateKeySync: generateSecret,
    generateKey: (type: string, options: { length: number }, callback: Callback) =>
      later(callback, () => generateSecret(type, options)),
  };
  for (const name of [
    'generateKeyPair',
    'generateKeyPairSync',
    'generatePrime',
    'generatePrimeSync',
    'createDiffieHellman',
    'createECDH',
    'getDiffieHellman',
    'createDiffieHellmanGroup',
  ]) {
    own[name] = refusing(process, `crypto.${name}, which draws from OpenSSL`);
  }
  for (const [name, value] of Object.entries(own))
    Object.defineProperty(module, name, { value, enumerable: true, configurable: true, writable: true });
  return { module, web };
}
