/**
 * Splits a date, time or interval text into fields as ParseDateTime does: the kind of a field follows from its characters alone.
 */
import { dateWord } from './datetime-words.ts';
import { isAlpha, isDigit, isSpace } from './scan.ts';

export type FieldKind = 'number' | 'string' | 'date' | 'time' | 'zone' | 'special';

export interface ScannedField {
  readonly kind: FieldKind;
  /** Letters in lower case. */
  readonly text: string;
}

const fieldsMax = 25;

const isSeparator = (code: number): boolean => code === 45 || code === 47 || code === 46;
const isAlphaNumeric = (code: number): boolean => isDigit(code) || isAlpha(code);
const isPunctuation = (code: number): boolean => code > 32 && code < 127 && !isAlphaNumeric(code);

/** Null when the text cannot be split at all. */
export function scanDatetime(source: string): ScannedField[] | null {
  const fields: ScannedField[] = [];
  const length = source.length;
  let at = 0;
  const skip = (test: (code: number) => boolean): void => {
    while (at < length && test(source.charCodeAt(at))) at++;
  };
  while (at < length) {
    const first = source.charCodeAt(at);
    if (isSpace(first)) {
      at++;
      continue;
    }
    const start = at;
    let kind: FieldKind;
    let text: string | null = null;
    if (isDigit(first)) {
      kind = 'number';
      skip(isDigit);
      const next = source.charCodeAt(at);
      if (next === 58) {
        kind = 'time';
        skip((code) => isDigit(code) || code === 58 || code === 46);
      } else if (isSeparator(next)) {
        at++;
        if (isDigit(source.charCodeAt(at))) {
          kind = next === 46 ? 'number' : 'date';
          skip(isDigit);
          // A second separator of the same kind makes a date of three parts.
          if (source.charCodeAt(at) === next) {
            kind = 'date';
            at++;
            skip((code) => isDigit(code) || code === next);
          }
        } else {
          kind = 'date';
          skip((code) => isAlphaNumeric(code) || code === next);
        }
      }
    } else if (first === 46) {
      kind = 'number';
      at++;
      skip(isDigit);
    } else if (isAlpha(first)) {
      kind = 'string';
      skip(isAlpha);
      const next = source.charCodeAt(at);
      let isDate = isSeparator(next);
      if (!isDate && (next === 43 || isDigit(next)))
        isDate = dateWord(source.slice(start, at).toLowerCase()) === undefined;
      if (isDate) {
        kind = 'date';
        skip((code) => isAlphaNumeric(code) || isSeparator(code) || code === 43 || code === 95 || code === 58);
      }
    } else if (first === 43 || first === 45) {
      at++;
      skip(isSpace);
      const bodyStart = at;
      const next = source.charCodeAt(at);
      if (isDigit(next)) {
        kind = 'zone';
        skip((code) => isDigit(code) || code === 58 || code === 46 || code === 45);
      } else if (isAlpha(next)) {
        kind = 'special';
        skip(isAlpha);
      } else return null;
      text = source[start]! + source.slice(bodyStart, at);
    } else if (isPunctuation(first)) {
      at++;
      continue;
    } else return null;
    fields.push({ kind, text: (text ?? source.slice(start, at)).toLowerCase() });
    if (fields.length > fieldsMax) return null;
  }
  return fields;
}
