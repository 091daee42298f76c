import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

const db = new Kysely({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 3 }) }),
});
await db.schema.createType('mood').asEnum(['sad', 'happy']).execute();
await db.schema
  .createTable('person')
  .addColumn('id', 'integer', (c) => c.primaryKey().generatedAlwaysAsIdentity())
  .addColumn('name', 'varchar(20)', (c) => c.notNull())
  .addColumn('mood', sql`mood`, (c) => c.defaultTo('sad'))
  .addColumn('born', 'date')
  .addColumn('shout', 'text', (c) => c.generatedAlwaysAs(sql`upper(name)`).stored())
  .addUniqueConstraint('person_name', ['name'])
  .execute();
await db.schema
  .createTable('pet')
  .addColumn('id', 'serial', (c) => c.primaryKey())
  .addColumn('owner', 'integer', (c) => c.references('person.id').onDelete('cascade'))
  .addColumn('name', 'text')
  .addCheckConstraint('pet_name', sql`length(name) > 1`)
  .execute();
await db.schema.createIndex('pet_owner').on('pet').column('owner').where('owner', 'is not', null).execute();
await db.schema
  .createView('owners')
  .as(
    db
      .selectFrom('person')
      .innerJoin('pet', 'pet.owner', 'person.id')
      .select(['person.name as person', 'pet.name as pet']),
  )
  .execute();
await db
  .insertInto('person')
  .values([
    { name: 'ann', born: '2000-01-02' },
    { name: 'bob', mood: 'happy' },
  ])
  .execute();
console.log(
  JSON.stringify(
    await db
      .insertInto('pet')
      .values([
        { owner: 1, name: 'rex' },
        { owner: 1, name: 'tom' },
      ])
      .returningAll()
      .execute(),
  ),
);
console.log(JSON.stringify(await db.selectFrom('owners').selectAll().orderBy('pet', 'desc').execute()));
console.log(
  JSON.stringify(
    await db
      .selectFrom('person')
      .select([
        'name',
        'shout',
        'mood',
        (eb) =>
          eb
            .selectFrom('pet')
            .whereRef('pet.owner', '=', 'person.id')
            .select((e) => e.fn.countAll().as('n'))
            .as('pets'),
      ])
      .orderBy('mood', 'desc')
      .execute(),
  ),
);
await db
  .transaction()
  .setIsolationLevel('serializable')
  .execute(async (trx) => {
    await trx.updateTable('person').set({ mood: 'happy' }).where('name', '=', 'ann').execute();
  });
await db
  .transaction()
  .execute(async (trx) => {
    await trx.deleteFrom('person').where('id', '=', 1).execute();
    throw new Error('undo');
  })
  .catch((error) => console.log(error.message));
const r = await db
  .updateTable('pet')
  .set((eb) => ({ name: eb('name', '||', '!') }))
  .where('owner', '=', 1)
  .executeTakeFirst();
console.log(String(r.numUpdatedRows));
await db
  .insertInto('pet')
  .values({ owner: 7, name: 'no' })
  .execute()
  .catch((error) => console.log(error.code, error.detail));
await db
  .insertInto('pet')
  .values({ owner: 1, name: 'x' })
  .execute()
  .catch((error) => console.log(error.code, error.constraint));
await db
  .insertInto('person')
  .values({ name: 'bob', mood: 'odd' })
  .execute()
  .catch((error) => console.log(error.code, error.message));
console.log(
  JSON.stringify(
    await db
      .insertInto('person')
      .values({ name: 'bob', mood: 'sad' })
      .onConflict((oc) => oc.column('name').doUpdateSet((eb) => ({ mood: eb.ref('excluded.mood') })))
      .returning(['id', 'mood'])
      .execute(),
  ),
);
console.log(
  JSON.stringify(
    (await db.introspection.getTables()).map((t) => [
      t.schema,
      t.name,
      t.isView,
      t.columns.map((c) => [c.name, c.dataType, c.isNullable, c.isAutoIncrementing, c.hasDefaultValue]),
    ]),
  ),
);
console.log(JSON.stringify(await db.introspection.getSchemas()));
const migrator = new Migrator({
  db,
  provider: {
    getMigrations: async () => ({
      one: {
        up: (d) => d.schema.createTable('m').addColumn('a', 'int4').execute(),
        down: (d) => d.schema.dropTable('m').execute(),
      },
    }),
  },
});
console.log(JSON.stringify(await migrator.migrateToLatest()), JSON.stringify(await migrator.migrateDown()));
await db.destroy();
console.log('done');
