/** Sequential prepared queries through pg: the same file in sim and on real Node. */
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env['DATABASE_URL']! });
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, name text)');
await client.query("INSERT INTO items SELECT g, 'item ' || g FROM generate_series(1, 100) g ON CONFLICT DO NOTHING");
const count = Number(process.env['COUNT']);
const one = (id: number): Promise<unknown> =>
  client.query({ name: 'one', text: 'SELECT id, name FROM items WHERE id = $1', values: [id] });
for (let index = 0; index < count / 10; index++) await one(1 + (index % 100));
console.log('start');
for (let index = 0; index < count; index++) await one(1 + (index % 100));
console.log('stop');
await client.end();
