/**
 * Writes the catalog rows of sim/postgres/types/rows and sim/postgres/functions/rows from a real PostgreSQL 15.
 * Use: `npx tsx test/differential/postgres-expressions/dump-rows.ts postgres://postgres@127.0.0.1:PORT/postgres`.
 * Only facts are taken: names, OIDs, signatures, flags and class membership of what initdb creates. Rows of catalog tables' own row types are
 * left out, since the catalog of the engine declares those itself.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

export interface Dump {
  readonly file: string;
  readonly constant: string;
  readonly comment: string;
  readonly query: string;
}

const noRowType = `not exists (select 1 from pg_type r where r.oid in (t.oid, t.typelem) and r.typrelid <> 0)`;

export const dumps: readonly Dump[] = [
  {
    file: 'sim/postgres/types/rows/type-rows.ts',
    constant: 'typeRows',
    comment:
      'pg_type of PostgreSQL 15 as initdb makes it: oid;typname;typlen;typbyval;typtype;typcategory;typispreferred;typdelim;typelem;typarray;typalign;typstorage;typcollation;typinput;typoutput;typreceive;typsend;typmodin;typmodout',
    query: `select concat_ws(';', oid::int8, typname, typlen, typbyval, typtype, typcategory, typispreferred, typdelim, typelem::int8, typarray::int8, typalign,
      typstorage, typcollation::int8, typinput::regproc, typoutput::regproc, typreceive::regproc, typsend::regproc, typmodin::regproc, typmodout::regproc) as line
      from pg_type t where oid < 13000 and ${noRowType} order by oid`,
  },
  {
    file: 'sim/postgres/types/rows/operator-rows.ts',
    constant: 'operatorRows',
    comment:
      'pg_operator of PostgreSQL 15: oid;oprname;oprkind;oprleft;oprright;oprresult;oprcom;oprnegate;oprcode;oprcanmerge;oprcanhash',
    query: `select concat_ws(';', oid::int8, oprname, oprkind, oprleft::int8, oprright::int8, oprresult::int8, oprcom::int8, oprnegate::int8, oprcode::int8, oprcanmerge, oprcanhash) as line
      from pg_operator where oid < 13000 order by oid`,
  },
  {
    file: 'sim/postgres/types/rows/cast-rows.ts',
    constant: 'castRows',
    comment: 'pg_cast of PostgreSQL 15: oid;castsource;casttarget;castfunc;castcontext;castmethod',
    query: `select concat_ws(';', oid::int8, castsource::int8, casttarget::int8, castfunc::int8, castcontext, castmethod) as line
      from pg_cast where oid < 13000 order by oid`,
  },
  {
    file: 'sim/postgres/types/rows/operator-class-rows.ts',
    constant: 'operatorClassRows',
    comment:
      'Default and other btree (403) and hash (405) operator classes of PostgreSQL 15: oid;opcmethod;opcname;opcfamily;opcintype;opcdefault',
    query: `select concat_ws(';', oid::int8, opcmethod::int8, opcname, opcfamily::int8, opcintype::int8, opcdefault) as line
      from pg_opclass where opcmethod in (403, 405) and oid < 13000 order by oid`,
  },
  {
    file: 'sim/postgres/types/rows/operator-strategy-rows.ts',
    constant: 'operatorStrategyRows',
    comment:
      'pg_amop of btree (403) and hash (405) in PostgreSQL 15: amopfamily;amoplefttype;amoprighttype;amopstrategy;amopopr;amopmethod',
    query: `select concat_ws(';', amopfamily::int8, amoplefttype::int8, amoprighttype::int8, amopstrategy, amopopr::int8, amopmethod::int8) as line
      from pg_amop where amopmethod in (403, 405) and oid < 14000 order by amopfamily, amoplefttype, amoprighttype, amopstrategy`,
  },
  {
    file: 'sim/postgres/functions/rows/aggregate-rows.ts',
    constant: 'aggregateRows',
    comment: 'pg_aggregate of PostgreSQL 15: aggfnoid;aggkind;aggnumdirectargs;aggsortop;aggtranstype;agginitval',
    query: `select concat_ws(';', aggfnoid::oid::int8, aggkind, aggnumdirectargs, aggsortop::int8, aggtranstype::int8, coalesce(agginitval, '')) as line
      from pg_aggregate where aggfnoid < 13000 order by aggfnoid`,
  },
  {
    file: 'sim/postgres/functions/rows/function-rows.ts',
    constant: 'functionRows',
    comment:
      'pg_proc of PostgreSQL 15: oid;proname;prokind;proisstrict;proretset;provolatile;prorettype;proargtypes;provariadic;implementation key (prosrc, or sql:name(types) for functions in SQL);proallargtypes;proargmodes;proargnames;proargdefaults',
    query: `select concat_ws(';', p.oid::int8, proname, prokind, proisstrict, proretset, provolatile, prorettype::int8, array_to_string(proargtypes::int8[], ' '), provariadic::int8,
      case when prolang = 14 then 'sql:' || proname || '(' || coalesce((select string_agg(typname, ',' order by n) from unnest(proargtypes) with ordinality u(o, n) join pg_type t on t.oid = o), '') || ')'
           else prosrc end,
      coalesce(array_to_string(proallargtypes::int8[], ' '), ''), coalesce(array_to_string(proargmodes, ''), ''), coalesce(array_to_string(proargnames, ' ', '-'), ''),
      coalesce(pg_get_expr(proargdefaults, 0), '')) as line
      from pg_proc p where p.oid < 13000 order by p.oid`,
  },
];

/** The rows of one dump, one line each, as the file holds them. */
export async function linesOf(client: Client, dump: Dump): Promise<string> {
  const result = await client.query<{ line: string }>(dump.query);
  return result.rows.map((row) => row.line).join('\n');
}

async function main(): Promise<void> {
  const url = process.argv[2];
  if (url === undefined) throw new Error('Usage: tsx dump-rows.ts postgres://postgres@127.0.0.1:PORT/postgres');
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const dump of dumps) {
    const lines = await linesOf(client, dump);
    const body = lines.replace(/[\\`$]/g, (c) => `\\${c}`);
    writeFileSync(
      dump.file,
      `/**\n * One flat table. ${dump.comment}.\n * Written by test/differential/postgres-expressions/dump-rows.ts; not edited by hand.\n */\nexport const ${dump.constant} = \`${body}\`;\n`,
    );
  }
  await client.end();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
