/** The selected record with all its fields, and the ways on from it: request, reply, witness, its link. */
import { clockTime, count, duration, printable, seconds } from '../../words.ts';
import { messageTypes } from '../columns.ts';
import { plainRecord, type Run, wordsOf } from './data.ts';
import { element } from './element.ts';
import { follow, indexOfId, repliesOf } from './follow.ts';
import type { ViewStore } from './view.ts';

type Field = readonly [name: string, value: string];

export function startDetail(run: Run, store: ViewStore, panel: HTMLElement, openHistory: () => void): void {
  const goTo = (row: number): void => {
    store.select(row);
    store.reveal(run.rows.at[row]!);
  };
  store.listen((view, changes) => {
    if (!changes.has('selected')) return;
    panel.hidden = view.selected < 0;
    if (view.selected >= 0)
      panel.replaceChildren(...describe(run, view.selected, goTo, openHistory, () => store.select(-1)));
  });
}

function describe(
  run: Run,
  row: number,
  goTo: (row: number) => void,
  openHistory: () => void,
  close: () => void,
): Node[] {
  const record = plainRecord(run, row);
  const seq = run.rows.seq[row]!;
  const number = run.witnessRows.indexOf(row);
  const title = element(
    'h3',
    {},
    number < 0 ? '' : `Witness ${number + 1}: `,
    record === null ? messageTitle(run, row) : wordsOf(run, row),
  );
  const fields =
    record === null
      ? messageFields(run, row)
      : recordFields(run, record as unknown as Readonly<Record<string, unknown>>);
  const list = element('dl', {});
  for (const [name, value] of fields) list.append(element('dt', {}, name), element('dd', {}, printable(value)));
  const foot = element('div', { class: 'detail-foot' });
  const button = (text: string, act: () => void): void => {
    const made = element('button', { type: 'button' }, text);
    made.addEventListener('click', act);
    foot.append(made);
  };
  const nodes: Node[] = [title, list];
  const message = run.rows.ref[row]!;
  if (message >= 0) {
    const preview = run.messages.strings[run.messages.preview[message]!]!;
    if (preview !== '')
      nodes.push(element('pre', { 'aria-label': 'First bytes' }, printable(preview.replaceAll('\r\n', '\n'))));
    const reply = repliesOf(run).get(run.messages.id[message]!);
    const request = indexOfId(run).get(run.messages.answers[message]!);
    if (reply !== undefined) button('To the reply', () => goTo(run.rows.ofMessage[reply]!));
    if (request !== undefined) button('To the request', () => goTo(run.rows.ofMessage[request]!));
  }
  button('Show in the history', openHistory);
  button('Close', close);
  foot.append(element('a', { href: `#e${seq}` }, `Link to record #${seq}`));
  nodes.push(foot);
  return nodes;
}

function messageTitle(run: Run, row: number): string {
  const { messages } = run;
  return printable(messages.strings[messages.label[run.rows.ref[row]!]!]!);
}

function messageFields(run: Run, row: number): Field[] {
  const { messages } = run;
  const index = run.rows.ref[row]!;
  const flight = messages.flight[index]!;
  const fields: Field[] = [
    ['from, to', `${messages.strings[messages.from[index]!]} → ${messages.strings[messages.to[index]!]}`],
    [
      'type',
      `${messageTypes[messages.type[index]!]}, ${count(messages.bytes[index]!)} bytes, connection ${messages.connection[index]}`,
    ],
    ['sent', seconds(messages.sent[index]!, 6)],
    [
      'arrived',
      flight >= 0
        ? `${seconds(messages.arrived[index]!, 6)}, after ${duration(flight)}`
        : flight === -1
          ? 'lost'
          : 'not within the run',
    ],
  ];
  if (messages.held[index]! >= 0)
    fields.push(['held', `by a fault, from ${seconds(messages.sent[index]! + messages.held[index]!, 6)} on`]);
  const followed = follow(run, index).size;
  if (followed > 1)
    fields.push([
      'follows',
      `${count(followed)} messages are marked: this exchange and what its receiver asked while serving it`,
    ]);
  return fields;
}

function recordFields(run: Run, record: Readonly<Record<string, unknown>>): Field[] {
  const fields: Field[] = [['true time', seconds(record.at as number, 6)]];
  if (typeof record.nodeAt === 'number') fields.push(['node clock', clockTime(record.nodeAt, run.data.epochMs)]);
  for (const [name, value] of Object.entries(record)) {
    if (['seq', 'at', 'nodeAt'].includes(name) || value === undefined) continue;
    fields.push([name, typeof value === 'string' ? value : JSON.stringify(value)]);
  }
  return fields;
}
