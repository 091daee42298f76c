/**
 * The HELP subcommand of containers.
 *
 * Differs: Redis answers with a page of prose; here it lists the subcommands, from the command table.
 */
import type { Handler } from '../command.ts';
import { array, status } from '../reply.ts';

export function helpCommand(container: string): Handler {
  return (client) => {
    const command = client.engine.table.commands.get(container)!;
    const lines = [`${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
    for (const name of command.subcommands!.keys()) lines.push(name.toUpperCase());
    return array(lines.map(status));
  };
}
