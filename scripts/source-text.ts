/** Reads what comments and option types of a source file say, for the reference pages. A small reader for this code base's own style. */

/** The text of a file's first comment. */
export function headerOf(source: string): string {
  return commentText(/^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '');
}

/** A comment's words, paragraphs kept apart by empty lines. */
export function commentText(inside: string): string {
  return inside
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, ' '))
    .join('\n\n');
}

export interface Member {
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: string;
  readonly about: string;
}

interface OptionType {
  readonly about: string;
  readonly parents: readonly string[];
  readonly members: readonly Member[];
}

/** All exported interfaces of some files, by name. */
export function interfacesIn(sources: readonly string[]): ReadonlyMap<string, OptionType> {
  const found = new Map<string, OptionType>();
  const pattern =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\n)?export interface (\w+)(?: extends ([\w, ]+))? \{(?:\n([\s\S]*?)\n)?\}/g;
  for (const source of sources)
    for (const [, about, name, parents, body] of source.matchAll(pattern))
      found.set(name!, {
        about: commentText(about ?? ''),
        parents: parents?.split(',').map((parent) => parent.trim()) ?? [],
        members: membersIn(body ?? ''),
      });
  return found;
}

function membersIn(body: string): readonly Member[] {
  // One level of indent is a member of its own; what is deeper belongs to its type.
  const pattern =
    /(?:^ {2}\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\n)?^ {2}readonly (\w+)(\?)?: ([\s\S]*?);$(?!\n(?: {4}| {2}[}\])]))/gm;
  return [...body.matchAll(pattern)].map(([, about, name, optional, type]) => ({
    name: name!,
    isOptional: optional !== undefined,
    type: type!
      .replace(/\/\*\*[\s\S]*?\*\//g, '')
      .replace(/\s+/g, ' ')
      .replace(/\breadonly /g, ''),
    about: commentText(about ?? ''),
  }));
}

/** Members of a type and of those that it extends. */
export function membersOf(types: ReadonlyMap<string, OptionType>, name: string): readonly Member[] {
  const type = types.get(name);
  if (type === undefined) return [];
  return [...type.members, ...type.parents.flatMap((parent) => membersOf(types, parent))];
}

/** A Markdown table of options; empty without any. */
export function optionTable(members: readonly Member[]): readonly string[] {
  if (members.length === 0) return [];
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [
    '',
    '| option | type | |',
    '|---|---|---|',
    ...members.map(
      ({ name, isOptional, type, about }) =>
        `| \`${name}\`${isOptional ? '' : ' (needed)'} | \`${cell(type)}\` | ${cell(about)} |`,
    ),
  ];
}
