/** How Lua shows the name of a chunk in messages (lobject.c `luaO_chunkid`). */

const ID_SIZE = 60;

/** `=name` and `@name` show the name; other names are source text, of which the first line is shown in `[string "..."]`. */
export function chunkDisplayName(name: string): string {
  if (name[0] === '=') return name.slice(1, ID_SIZE);
  if (name[0] === '@') {
    const rest = name.slice(1);
    const room = ID_SIZE - 8;
    return rest.length > room ? `...${rest.slice(rest.length - room)}` : rest;
  }
  const end = name.search(/[\n\r\0]/);
  const line = end < 0 ? name : name.slice(0, end);
  const room = ID_SIZE - ' [string "..."] '.length - 1;
  const isCut = (end >= 0 && name[end] !== '\0') || line.length > room;
  return isCut ? `[string "${line.slice(0, room)}..."]` : `[string "${line}"]`;
}
