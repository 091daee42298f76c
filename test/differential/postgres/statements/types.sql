CREATE DOMAIN positive AS int CHECK (VALUE > 0);
SELECT 5::positive, '7'::positive, pg_typeof(5::positive);
SELECT (-5)::positive;
SELECT '-5'::positive;
SELECT NULL::positive;
CREATE DOMAIN short AS varchar(3) NOT NULL CONSTRAINT lower CHECK (VALUE = lower(VALUE)) CHECK (VALUE <> 'bad');
SELECT 'abc'::short;
SELECT 'ABC'::short;
SELECT 'bad'::short;
SELECT NULL::short;
CREATE TABLE d (p positive, s short DEFAULT 'x');
INSERT INTO d VALUES (1, 'ok');
INSERT INTO d VALUES (0, 'ok');
INSERT INTO d (p) VALUES (3);
INSERT INTO d VALUES (1, NULL);
SELECT p + 1, s || '!' FROM d ORDER BY p;
DROP DOMAIN positive;
CREATE TYPE spec AS (name text, size int, tags text[]);
SELECT ('a', 1, '{x}')::spec, ROW('b', 2, NULL)::spec;
SELECT (('a', 1, '{x,y}')::spec).tags[2];
SELECT s.name, s.size FROM unnest(ARRAY[('a', 1, NULL)::spec, ('b', 2, '{q}')::spec]) s;
SELECT '(c,3,"{1,2}")'::spec;
CREATE TABLE holds (id int, s spec);
INSERT INTO holds VALUES (1, ('n', 2, NULL)), (2, NULL);
SELECT id, (s).name, s FROM holds ORDER BY id;
DROP TYPE spec;
CREATE TYPE spec AS (a int);
CREATE TYPE mood AS ENUM ('sad', 'happy');
ALTER TYPE mood ADD VALUE 'ok' BEFORE 'happy';
ALTER TYPE mood ADD VALUE 'ok';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok';
ALTER TYPE mood ADD VALUE 'best';
SELECT m FROM unnest(ARRAY['best', 'ok', 'sad']::mood[]) m ORDER BY m;
ALTER TYPE mood RENAME VALUE 'sad' TO 'low';
SELECT 'low'::mood < 'ok'::mood;
SELECT 'sad'::mood;
CREATE FUNCTION make(specs spec[]) RETURNS SETOF int LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT spec.a * 2 FROM unnest(specs) spec;
END
$$;
SELECT * FROM make(ARRAY[ROW(4), ROW(5)]::spec[])
