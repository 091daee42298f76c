CREATE TYPE mood AS ENUM ('a');
CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) NOT NULL, tags text[], m mood, n numeric(5,2), at timestamptz, gone int, twice int GENERATED ALWAYS AS (1 + 1) STORED);
ALTER TABLE things DROP COLUMN gone;
CREATE VIEW seen AS SELECT id, name FROM things;
CREATE INDEX by_name ON things (name);
SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'play' ORDER BY table_name;
SELECT column_name, ordinal_position, is_nullable, data_type, character_maximum_length, udt_schema, udt_name, is_identity, identity_generation, is_generated FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'things' ORDER BY ordinal_position;
SELECT tablename, hasindexes FROM pg_tables WHERE schemaname = 'play';
SELECT schemaname, tablename FROM pg_catalog.pg_tables WHERE tablename = 'nothing';
SELECT c.relname, c.relkind, c.relpersistence, c.relhasindex, c.relnatts FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'play' AND c.relkind IN ('r', 'v', 'i', 'S') ORDER BY 1;
SELECT attname, attnum, attnotnull, atthasdef, attidentity, attgenerated, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'things'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT i.relname, x.indisunique, x.indisprimary FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = 'play.things'::regclass ORDER BY 1;
SELECT to_regclass('play.things') IS NOT NULL, to_regclass('play.nothing')
