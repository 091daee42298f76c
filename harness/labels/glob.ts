/**
 * Globs over labels, hosts and links. `*` stands for any run of characters (none too), `?` for exactly one, and `\` takes the next
 * character as it is. Nothing else is special: labels are full of brackets and slashes.
 *
 * A link is `from>to`; each of its sides is a glob of its own. Case counts: Redis labels are upper-case, SQL stays as it was sent.
 */

/** True when the glob covers the whole text. Linear in practice: the last `*` is the only place to go back to. */
export function matchesGlob(glob: string, text: string): boolean {
  let globIndex = 0;
  let textIndex = 0;
  let starIndex = -1;
  let starText = 0;
  while (textIndex < text.length) {
    const wanted = glob[globIndex];
    if (wanted === '*') {
      starIndex = globIndex++;
      starText = textIndex;
      continue;
    }
    const isEscape = wanted === '\\' && globIndex + 1 < glob.length;
    const literal = isEscape ? glob[globIndex + 1] : wanted;
    if (literal === text[textIndex] || (wanted === '?' && !isEscape)) {
      globIndex += isEscape ? 2 : 1;
      textIndex += 1;
      continue;
    }
    if (starIndex === -1) return false;
    globIndex = starIndex + 1;
    textIndex = ++starText;
  }
  while (glob[globIndex] === '*') globIndex += 1;
  return globIndex === glob.length;
}

/** The two sides of `from>to`. */
export function linkSides(link: string): { readonly from: string; readonly to: string } {
  const arrow = link.indexOf('>');
  return { from: link.slice(0, arrow), to: link.slice(arrow + 1) };
}

/** True when both sides of a link's glob cover the hosts. */
export function linkMatches(glob: string, from: string, to: string): boolean {
  const sides = linkSides(glob);
  return matchesGlob(sides.from, from) && matchesGlob(sides.to, to);
}

/** True when the text has a character that is special in a glob. */
export function isGlob(text: string): boolean {
  return /[*?\\]/.test(text);
}
