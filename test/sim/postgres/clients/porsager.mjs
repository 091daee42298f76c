import postgres from 'postgres';

const sql = postgres(process.env.DATABASE_URL, { max: 3, onnotice: (notice) => console.log('notice', notice.message) });
await sql`create table if not exists accounts (id int generated always as identity primary key, name text not null unique, balance numeric(12, 2) not null check (balance >= 0), tags text[] default '{}', extra jsonb, at timestamptz)`;
await sql`create table if not exists accounts (id int)`;
await sql`create table moves (id bigserial primary key, source int references accounts, amount numeric)`;
const people = [
  { name: 'ann', balance: 10, tags: ['a', 'b'], extra: { n: 1 } },
  { name: 'bob', balance: 5.5, tags: [], extra: null },
];
for (const p of people)
  await sql`insert into accounts (name, balance, tags, extra, at) values (${p.name}, ${p.balance}, ${p.tags}, ${sql.json(p.extra)}, ${new Date(0)})`;
const many = await sql`insert into accounts ${sql(
  [
    { name: 'cat', balance: 1 },
    { name: 'dan', balance: 2 },
  ],
  'name',
  'balance',
)} returning id, name`;
console.log(JSON.stringify(many), many.count, many.command);
console.log(
  JSON.stringify(
    await sql`select id, name, balance, tags, extra, at from accounts where id in ${sql([1, 2])} order by id`,
  ),
);
console.log(JSON.stringify(await sql`select ${sql('name')} from ${sql('accounts')} where tags @> ${['a']}`));
await sql.begin(async (tx) => {
  const [ann] = await tx`select * from accounts where name = 'ann' for update`;
  await tx`update accounts set balance = balance - 3 where id = ${ann.id}`;
  await tx
    .savepoint(async (sp) => {
      await sp`insert into moves (source, amount) values (${ann.id}, 3)`;
      await sp`insert into moves (source, amount) values (99, 3)`;
    })
    .catch((error) => console.log(error.code, error.constraint_name, error.detail));
  await tx`insert into moves (source, amount) values (${ann.id}, 3)`;
});
await sql
  .begin(async (tx) => {
    await tx`update accounts set balance = -1 where name = 'bob'`;
  })
  .catch((error) => console.log(error.name, error.code, error.constraint_name));
console.log(
  JSON.stringify(
    await sql`select a.name, a.balance, sum(m.amount) as moved from accounts a left join moves m on m.source = a.id group by a.id order by a.id`,
  ),
);
await sql`select nothing from accounts`.catch((error) => console.log(error.code, error.message, error.position));
await sql`insert into accounts (name, balance) values ('ann', 1)`.catch((error) =>
  console.log(error.code, error.detail),
);
for await (const rows of sql`select name from accounts order by id`.cursor(3))
  console.log(rows.map((row) => row.name).join());
await sql`select generate_series(1, 5) as n`.forEach((row) => {
  console.log(row.n);
});
const { unlisten } = await sql.listen('news', (payload) => console.log('heard', payload));
await sql.notify('news', 'hello');
await new Promise((resolve) => setTimeout(resolve, 100));
await unlisten();
console.log(JSON.stringify(await sql.unsafe('select 1 as a; select 2 as b')));
console.log(JSON.stringify((await sql`select * from accounts`.describe()).columns.map((column) => column.name)));
const [a, b] = await Promise.all([sql`select 1 as x`, sql`select pg_sleep(0.1), 2 as x`]);
console.log(a[0].x + b[0].x);
const slow = sql`select pg_sleep(100)`;
setTimeout(() => slow.cancel(), 1000);
await slow.catch((error) => console.log(error.code, error.message));
const big = await sql`select count(*)::int as n, sum(x) from generate_series(1, 1000) x where x = any(${[1, 2, 3]})`;
console.log(JSON.stringify(big));
await sql.end();
console.log('done');
