/** Triggers over the messages that the embedded proxy tells of: `nth` counts the messages that match, on each link, from the watch on. */
import { linkMatches, matchesGlob } from '../harness/labels/glob.ts';
import type { Trigger } from '../harness/plan/format.ts';
import type { Lift, MessageOnLink } from '../harness/world.ts';

interface Watch {
  readonly trigger: Trigger;
  readonly callback: (message: MessageOnLink) => void;
  readonly counts: Map<string, number>;
}

export class Triggers {
  readonly #watches: Readonly<Record<Trigger['when'], Watch[]>> = { before: [], after: [] };

  watch(trigger: Trigger, callback: (message: MessageOnLink) => void): Lift {
    const list = this.#watches[trigger.when ?? 'before'];
    const watch: Watch = { trigger, callback, counts: new Map() };
    list.push(watch);
    return () => {
      const index = list.indexOf(watch);
      if (index >= 0) list.splice(index, 1);
    };
  }

  /** Shows a message to the watches of that side; returns whether one of them was met. */
  meet(when: Trigger['when'], message: MessageOnLink): boolean {
    let isMet = false;
    const { from, to } = message.link;
    for (const watch of [...this.#watches[when]]) {
      const { trigger, counts } = watch;
      if (trigger.message !== message.type) continue;
      if (!linkMatches(trigger.link, from, to) || !matchesGlob(trigger.label, message.label)) continue;
      const link = `${from}>${to}`;
      const count = (counts.get(link) ?? 0) + 1;
      counts.set(link, count);
      if (count !== trigger.nth) continue;
      isMet = true;
      watch.callback(message);
    }
    return isMet;
  }
}
