import knexFactory from 'knex';

const knex = knexFactory({ client: 'pg', connection: process.env.DATABASE_URL, pool: { min: 0, max: 3 } });
await knex.schema.createTable('users', (t) => {
  t.increments('id');
  t.string('email', 80).notNullable().unique();
  t.enu('kind', ['a', 'b']).defaultTo('a');
  t.jsonb('extra').defaultTo('{}');
  t.boolean('active').defaultTo(true);
  t.timestamps(true, true);
  t.index(['kind', 'active'], 'users_kind');
});
await knex.schema.createTable('posts', (t) => {
  t.bigIncrements('id');
  t.integer('user_id').references('id').inTable('users').onDelete('CASCADE');
  t.text('title').notNullable();
  t.decimal('price', 10, 2);
  t.uuid('key').defaultTo(knex.raw('gen_random_uuid()'));
  t.specificType('tags', 'text[]');
});
console.log(
  await knex.schema.hasTable('users'),
  await knex.schema.hasTable('nobody'),
  await knex.schema.hasColumn('users', 'kind'),
);
await knex.schema.alterTable('users', (t) => {
  t.string('nick');
  t.dropColumn('active');
  t.renameColumn('extra', 'more');
});
await knex.schema.alterTable('users', (t) => {
  t.string('nick', 30).notNullable().defaultTo('x').alter();
});
const info = await knex('users').columnInfo();
console.log(JSON.stringify(info));
const ids = await knex('users')
  .insert([{ email: 'a@x' }, { email: 'b@x', kind: 'b' }])
  .returning(['id', 'email']);
console.log(JSON.stringify(ids));
await knex('posts').insert([
  { user_id: 1, title: 'one', price: 1.5, tags: ['p', 'q'] },
  { user_id: 1, title: 'two' },
  { user_id: 2, title: 'three', price: 9 },
]);
console.log(
  JSON.stringify(
    await knex('users as u')
      .leftJoin('posts as p', 'p.user_id', 'u.id')
      .select('u.email')
      .count('p.id as n')
      .sum('p.price as total')
      .groupBy('u.email')
      .orderBy('u.email'),
  ),
);
console.log(
  JSON.stringify(await knex('posts').whereIn('user_id', knex('users').select('id').where('kind', 'b')).first('title')),
);
await knex.transaction(async (trx) => {
  await trx('users').where({ id: 1 }).forUpdate().first();
  await trx('users').where({ id: 1 }).update({ nick: 'ann' });
  await trx
    .transaction(async (inner) => {
      await inner('users').insert({ email: 'a@x' });
    })
    .catch((error) => console.log(error.code, error.constraint));
});
await knex
  .transaction(async (trx) => {
    await trx('posts').del();
    throw new Error('undo');
  })
  .catch((error) => console.log(error.message));
console.log(
  JSON.stringify(
    await knex('users').insert({ email: 'a@x', nick: 'again' }).onConflict('email').merge(['nick']).returning('nick'),
  ),
);
console.log(JSON.stringify(await knex.raw('select ?::int + 1 as two', [1]).then((r) => r.rows)));
await knex('users')
  .insert({ email: 'c', kind: 'z' })
  .catch((error) => console.log(error.code, error.message));
console.log(
  await knex('posts').where('title', 'like', 't%').increment('price', 1),
  await knex('posts')
    .count('* as n')
    .first()
    .then((r) => r.n),
);
console.log(
  JSON.stringify(
    await knex
      .with(
        'r',
        knex('posts')
          .select('user_id')
          .rowNumber('rank', (w) => w.partitionBy('user_id').orderBy('id')),
      )
      .select('*')
      .from('r')
      .orderBy(['user_id', 'rank']),
  ),
);
const migrations = {
  migrationSource: {
    getMigrations: async () => ['m1', 'm2'],
    getMigrationName: (m) => m,
    getMigration: async (m) => ({
      up: (k) =>
        k.schema.createTable('t_' + m, (t) => {
          t.increments();
        }),
      down: (k) => k.schema.dropTable('t_' + m),
    }),
  },
};
console.log(
  JSON.stringify(await knex.migrate.latest(migrations)),
  JSON.stringify(await knex.migrate.rollback(migrations)),
);
await knex.schema.dropTable('posts');
await knex.schema.dropTableIfExists('posts');
await knex.destroy();
console.log('done');
