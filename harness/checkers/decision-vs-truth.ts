/**
 * C20: who accepts and refuses by the clock decides as true time would: a token is honoured while it is valid and refused afterwards,
 * whatever the clocks of the deciding nodes say, within a leeway.
 */
import { type Duration, durationText, milliseconds, timeText } from '../duration.ts';
import type { OperationRecord } from '../history/record.ts';
import { matchesGlob } from '../labels/glob.ts';
import type { Checker } from './checker.ts';
import { alwaysChecker, violated } from './define.ts';
import { fieldOf } from './sources.ts';

export interface DecisionVsTruthOptions {
  /** Error of a decision's time that is forgiven, either way. */
  readonly leeway: Duration;
  /** Name of the marks by which a token was revoked: their value has `token`. Default `revoked`. */
  readonly revoked?: string;
  /** Time after a revocation until all nodes must know of it; default the leeway. */
  readonly revocationWithin?: Duration;
  /** Errors of a refusal (glob): others are not decisions; default `HTTP 401` and `HTTP 403`. */
  readonly refusal?: string;
  /** False: only wrong acceptances are violations; default true. */
  readonly judgeRefusals?: boolean;
}

/**
 * The value of a deciding operation's invocation has `token`, and `validFrom` and `validUntil` in ms of true time.
 * @param decisions glob over the operations
 * Premises: decisions.
 * @example invariant.decisionVsTruth('GET api /private', { leeway: '5s' })
 */
export function decisionVsTruth(decisions: string, options: DecisionVsTruthOptions): Checker {
  const { leeway, revoked = 'revoked', judgeRefusals = true } = options;
  const leewayMicros = milliseconds(leeway) * 1000;
  const revocationMicros = milliseconds(options.revocationWithin ?? leeway) * 1000;
  const name = `decisionVsTruth(${decisions})`;
  const isRefusal = (error: string) =>
    options.refusal === undefined ? /^HTTP 40[13]\b/.test(error) : matchesGlob(options.refusal, error);
  return alwaysChecker({
    id: 'C20',
    name,
    claim: `${decisions} is accepted while its token is valid in true time, and refused otherwise, give or take ${durationText(leewayMicros / 1000)}`,
    start() {
      const open = new Map<string, OperationRecord>();
      const revocations = new Map<string, number>();
      let judged = 0;
      return {
        record(record) {
          if (record.kind === 'mark' && record.name === revoked) {
            const token = fieldOf(record.value, 'token');
            if (token !== undefined && !revocations.has(token)) revocations.set(token, record.at);
            return undefined;
          }
          if (record.kind !== 'op' || !matchesGlob(decisions, record.f)) return undefined;
          if (record.phase === 'invoke') {
            open.set(record.id, record);
            return undefined;
          }
          const from = open.get(record.id);
          open.delete(record.id);
          const token = fieldOf(from?.value, 'token');
          if (from === undefined || token === undefined) return undefined;
          const validFrom = Number(fieldOf(from.value, 'validFrom') ?? 0) * 1000;
          const validUntil = Number(fieldOf(from.value, 'validUntil') ?? Number.POSITIVE_INFINITY) * 1000;
          const revokedAt = revocations.get(token) ?? Number.POSITIVE_INFINITY;
          const witness = [from.seq, record.seq];
          // The decision fell at some instant between the two records: it is wrong only if it is wrong at all of them.
          if (record.phase === 'ok') {
            judged += 1;
            const isTooEarly = record.at < validFrom - leewayMicros;
            const isTooLate = from.at > validUntil + leewayMicros;
            const isRevoked = from.at > revokedAt + revocationMicros;
            if (!isTooEarly && !isTooLate && !isRevoked) return undefined;
            const reason = isTooEarly
              ? `is valid from ${timeText(validFrom)} only`
              : isTooLate
                ? `was valid until ${timeText(validUntil)} only`
                : `was revoked at ${timeText(revokedAt)}`;
            return violated(
              name,
              `${token} was accepted at ${timeText(record.at)} (${record.f}), although it ${reason}.`,
              witness,
            );
          }
          if (!isRefusal(record.error ?? '')) return undefined;
          judged += 1;
          const isValid =
            from.at > validFrom + leewayMicros && record.at < Math.min(validUntil - leewayMicros, revokedAt);
          if (!judgeRefusals || !isValid) return undefined;
          const until = validUntil === Number.POSITIVE_INFINITY ? 'on' : `to ${timeText(validUntil)}`;
          return violated(
            name,
            `${token} was refused at ${timeText(record.at)} (${record.f}: ${record.error}), although it is valid from ${timeText(validFrom)} ${until}.`,
            witness,
          );
        },
        premises: () => judged,
      };
    },
  });
}
