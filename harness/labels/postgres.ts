/**
 * Labels of Postgres messages. A request is a simple Query or an Execute; Parse, Bind and the like carry it but do not count. A reply
 * ends with CommandComplete, EmptyQueryResponse, PortalSuspended or ErrorResponse; an error answers what is left until its Sync.
 */
import { BackendDecoder, FrontendDecoder } from '../../sim/postgres/wire/decode.ts';
import type { ConnectionLabeller, MessageLabel } from './index.ts';

const LABEL_CHARACTERS_MAX = 120;

/** The label of a statement's text. */
export function sqlLabel(text: string): string {
  const collapsed = text.replace(/\s+/g, ' ').trim().replace(/;$/, '');
  const control = /^(begin|commit|rollback|start transaction|end|abort)\b/i.exec(collapsed);
  const label = control === null ? collapsed : control[0].toUpperCase() + collapsed.slice(control[0].length);
  return label.slice(0, LABEL_CHARACTERS_MAX);
}

type Pending = MessageLabel | 'sync';

export function postgresLabeller(nextId: () => number): ConnectionLabeller {
  const frontend = new FrontendDecoder();
  const backend = new BackendDecoder();
  const statements = new Map<string, string>();
  const portals = new Map<string, string>();
  const pending: Pending[] = [];
  let answersEncryption = 0;
  let isAuthenticated = false;
  let requestBytes = 0;
  let replyBytes = 0;

  const take = (): MessageLabel | undefined => {
    const first = pending[0];
    return first === undefined || first === 'sync' ? undefined : (pending.shift() as MessageLabel);
  };
  const reply = (request: MessageLabel | undefined, end: number): MessageLabel => {
    const bytes = replyBytes;
    replyBytes = 0;
    return { id: nextId(), type: 'reply', label: request?.label ?? 'reply', bytes, end, answers: request?.id };
  };

  return {
    fromClient(bytes) {
      frontend.push(bytes);
      requestBytes += bytes.length;
      let found: MessageLabel[] | undefined;
      const request = (label: string): void => {
        const end = bytes.length - frontend.bytesPending;
        const message: MessageLabel = {
          id: nextId(),
          type: 'request',
          label,
          bytes: requestBytes,
          end,
          answers: undefined,
        };
        requestBytes = 0;
        pending.push(message);
        found ??= [];
        found.push(message);
      };
      for (let message = frontend.next(); message !== null; message = frontend.next()) {
        switch (message.kind) {
          case 'SSLRequest':
          case 'GSSENCRequest':
            answersEncryption++;
            break;
          case 'Query':
            request(sqlLabel(message.text));
            pending.push('sync');
            break;
          case 'Parse':
            statements.set(message.statement, sqlLabel(message.text));
            break;
          case 'Bind':
            portals.set(message.portal, statements.get(message.statement) ?? 'EXECUTE');
            break;
          case 'Execute':
            request(portals.get(message.portal) ?? 'EXECUTE');
            break;
          case 'Sync':
            pending.push('sync');
            break;
          case 'Invalid':
            return found;
          default:
            break;
        }
      }
      return found;
    },
    fromServer(bytes) {
      backend.push(bytes);
      replyBytes += bytes.length;
      let found: MessageLabel[] | undefined;
      const add = (message: MessageLabel): void => {
        found ??= [];
        found.push(message);
      };
      while (answersEncryption > 0) {
        if (backend.encryptionAnswer() === null) return undefined;
        answersEncryption--;
      }
      for (let message = backend.next(); message !== null && message.kind !== 'Invalid'; message = backend.next()) {
        const end = bytes.length - backend.bytesPending;
        switch (message.kind) {
          case 'CommandComplete':
          case 'EmptyQueryResponse':
          case 'PortalSuspended':
            add(reply(take(), end));
            break;
          case 'ErrorResponse': {
            add(reply(take(), end));
            while (pending.length > 0 && pending[0] !== 'sync') pending.shift();
            break;
          }
          case 'NotificationResponse':
            add({
              id: nextId(),
              type: 'push',
              label: `NOTIFY ${message.channel}`,
              bytes: replyBytes,
              end,
              answers: undefined,
            });
            replyBytes = 0;
            break;
          case 'ReadyForQuery':
            if (!isAuthenticated) {
              isAuthenticated = true;
              replyBytes = 0;
              break;
            }
            while (pending.length > 0 && pending.shift() !== 'sync') {
              // Left over of a simple query with several statements, or skipped after an error.
            }
            break;
          default:
            break;
        }
      }
      return found;
    },
  };
}
