/** What is drawn, and in which colours: the values that every painter gets. */
import type { Run } from './data.ts';
import type { Layout } from './layout.ts';
import type { View } from './view.ts';

export interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly strong: string;
  readonly raise: string;
  readonly accent: string;
  readonly red: string;
  readonly amber: string;
  readonly amberFill: string;
  readonly green: string;
  readonly request: string;
  readonly reply: string;
  readonly push: string;
  readonly sans: string;
  readonly mono: string;
}

/** Reads the colours from the style sheet, which knows light and dark. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: value('--ink'),
    soft: value('--soft'),
    line: value('--line'),
    strong: value('--strong'),
    raise: value('--raise'),
    accent: value('--accent'),
    red: value('--red'),
    amber: value('--amber'),
    amberFill: value('--amber-fill'),
    green: value('--green'),
    request: value('--m-request'),
    reply: value('--m-reply'),
    push: value('--m-push'),
    sans: value('--sans'),
    mono: value('--mono'),
  };
}

export interface Scene {
  readonly run: Run;
  readonly view: View;
  readonly layout: Layout;
  readonly palette: Palette;
}

/** The text, cut with an ellipsis where it is wider than the room (CSS px). */
export function fitText(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}
