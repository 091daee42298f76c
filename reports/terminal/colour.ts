/** Colour for terminals: only on a TTY, never under `NO_COLOR`, and nothing that a colour alone would say. */

type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const codes: Readonly<Record<Paint, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/** Paints a text, or leaves it as it is. */
export type Colour = (paint: Paint, text: string) => string;

export const noColour: Colour = (_, text) => text;

const ansi: Colour = (paint, text) => `\u001b[${codes[paint][0]}m${text}\u001b[${codes[paint][1]}m`;

/**
 * @param stream where the text goes
 * @param environment `NO_COLOR` (any value but the empty one) and `TERM=dumb` switch colour off; `FORCE_COLOR` other than 0 switches it on
 */
export function colourFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Colour {
  if ((environment.NO_COLOR ?? '') !== '') return noColour;
  const forced = environment.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced === '0' ? noColour : ansi;
  return stream.isTTY === true && environment.TERM !== 'dumb' ? ansi : noColour;
}
