/**
 * HTML as values: `html` is a template tag that escapes every interpolation unless it is itself the result of `html`. So a text from a
 * program cannot become markup by being forgotten, only by being marked on purpose (`trusted`).
 */
import { printable } from '../words.ts';

/** A piece of markup. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | readonly Part[] | null | undefined | false;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element content and quoted attributes. Control characters become visible. */
export function escapeText(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let markup = texts[0] ?? '';
  for (let index = 0; index < parts.length; index += 1) {
    markup += render(parts[index]) + (texts[index + 1] ?? '');
  }
  return { markup };
}

/** Marks a text as markup; for texts of ours only. */
export function trusted(markup: string): Markup {
  return { markup };
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(render).join('');
}
