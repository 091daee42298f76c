import { count, desc, eq, inArray, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { integer, jsonb, numeric, pgEnum, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import pg from 'pg';

const kind = pgEnum('kind', ['a', 'b']);
const users = pgTable('users', {
  id: serial('id').primaryKey(),
  name: text('name').notNull().unique(),
  kind: kind('kind').default('a'),
  at: timestamp('at', { withTimezone: true }),
  extra: jsonb('extra'),
});
const posts = pgTable('posts', {
  id: uuid('id').defaultRandom().primaryKey(),
  userId: integer('user_id').references(() => users.id),
  title: text('title'),
  price: numeric('price', { precision: 8, scale: 2 }),
});
const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));
const postsRelations = relations(posts, ({ one }) => ({
  user: one(users, { fields: [posts.userId], references: [users.id] }),
}));
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 });
const db = drizzle(pool, { schema: { users, posts, usersRelations, postsRelations } });
await db.execute(sql`create type kind as enum ('a', 'b')`);
await db.execute(
  sql`create table users (id serial primary key, name text not null constraint users_name_unique unique, kind kind default 'a', at timestamptz, extra jsonb)`,
);
await db.execute(
  sql`create table posts (id uuid primary key default gen_random_uuid(), user_id integer references users, title text, price numeric(8, 2))`,
);
console.log(
  JSON.stringify(
    await db
      .insert(users)
      .values([
        { name: 'ann', at: new Date(0), extra: { x: [1] } },
        { name: 'bob', kind: 'b' },
      ])
      .returning(),
  ),
);
await db.insert(posts).values([
  { userId: 1, title: 'one', price: '1.5' },
  { userId: 1, title: 'two' },
  { userId: 2, title: 'three' },
]);
console.log(
  JSON.stringify(
    await db
      .select({ name: users.name, n: count(posts.id) })
      .from(users)
      .leftJoin(posts, eq(posts.userId, users.id))
      .groupBy(users.name)
      .orderBy(desc(users.name)),
  ),
);
console.log(
  JSON.stringify(
    await db.query.users.findMany({
      columns: { name: true },
      with: { posts: { columns: { title: true }, orderBy: (p, { asc }) => asc(p.title) } },
      orderBy: (u, { asc }) => asc(u.id),
    }),
  ),
);
console.log(
  JSON.stringify(
    await db.query.posts.findFirst({
      columns: { title: true, price: true },
      with: { user: true },
      where: (p, { eq: e }) => e(p.title, 'one'),
    }),
  ),
);
await db.transaction(async (tx) => {
  await tx.update(users).set({ kind: 'b' }).where(eq(users.id, 1));
  await tx
    .transaction(async (inner) => {
      await inner.insert(users).values({ name: 'ann' });
    })
    .catch((error) => console.log(error.cause?.code ?? error.code, error.cause?.constraint));
});
await db
  .transaction(async (tx) => {
    await tx.delete(posts);
    tx.rollback();
  })
  .catch((error) => console.log(error.message));
console.log(
  JSON.stringify(
    await db
      .insert(users)
      .values({ name: 'bob', extra: 5 })
      .onConflictDoUpdate({ target: users.name, set: { extra: sql`excluded.extra` } })
      .returning({ id: users.id, extra: users.extra }),
  ),
);
await db
  .insert(posts)
  .values({ userId: 9 })
  .catch((error) => console.log((error.cause ?? error).code, (error.cause ?? error).detail));
console.log(
  JSON.stringify(
    await db
      .select()
      .from(users)
      .where(inArray(users.name, ['ann', 'zed'])),
  ),
);
const ready = db
  .select({ title: posts.title })
  .from(posts)
  .where(eq(posts.userId, sql.placeholder('id')))
  .orderBy(posts.title)
  .prepare('by_user');
console.log(JSON.stringify(await ready.execute({ id: 1 })), JSON.stringify(await ready.execute({ id: 2 })));
console.log(await db.$count(posts));
await migrate(db, { migrationsFolder: 'drizzle' }).then(
  () => console.log('migrated'),
  (error) => console.log('migrate', error.message),
);
await pool.end();
console.log('done');
