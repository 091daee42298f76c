/** CURRENT_USER and its kin. */
import { schemaName } from '../catalog/search-path.ts';
import { unsupported } from '../errors.ts';
import type { Evaluate } from './execute/frame.ts';

export function sessionValue(name: string): Evaluate {
  return (frame) => {
    const { backend } = frame.execution;
    switch (name) {
      case 'current_user':
      case 'current_role':
      case 'user':
        return backend.currentUser;
      case 'session_user':
        return backend.userName;
      case 'current_catalog':
        return backend.engine.options.database ?? 'postgres';
      case 'current_schema': {
        const first = backend.firstSchema();
        return first === 0 ? null : schemaName(backend, first);
      }
      default:
        throw unsupported(name.toUpperCase());
    }
  };
}
