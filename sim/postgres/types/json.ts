/** json (text kept as written) and jsonb (a tree) as types. The binary form of jsonb is a version byte 1 and the text. */
import type { TypeBehaviour } from './behaviour.ts';
import type { Json } from './datum.ts';
import { pgError } from './errors.ts';
import { parseJson, parseJsonText } from './json-parse.ts';
import { compareJson, formatJson, jsonKey } from './jsonb.ts';
import { decodeText } from './text.ts';

export const json: TypeBehaviour = {
  input(text) {
    parseJsonText(text, false);
    return text;
  },
  output: (datum) => datum as string,
  receive(bytes) {
    const text = decodeText(bytes);
    parseJsonText(text, false);
    return text;
  },
  send: (datum) => Buffer.from(datum as string, 'utf8'),
};

export const jsonb: TypeBehaviour = {
  input: (text) => parseJson(text),
  output: (datum) => formatJson(datum as Json),
  receive(bytes) {
    if (bytes[0] !== 1) throw pgError('XX000', `unsupported jsonb version number ${bytes[0] ?? 0}`);
    return parseJson(decodeText(bytes.subarray(1)));
  },
  send: (datum) => Buffer.concat([Buffer.from([1]), Buffer.from(formatJson(datum as Json), 'utf8')]),
  compare: (left, right) => compareJson(left as Json, right as Json),
  hashKey: (datum) => jsonKey(datum as Json),
};
