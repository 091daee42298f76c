CREATE FUNCTION add(a int, b int DEFAULT 10) RETURNS int LANGUAGE sql AS 'SELECT a + b';
SELECT add(1, 2), add(5), add(a => 3), add(b => 1, a => 2);
SELECT add('x');
CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE FUNCTION add(a int, b int DEFAULT 10) RETURNS text LANGUAGE sql AS 'SELECT 1';
CREATE TABLE jobs (id bigserial PRIMARY KEY, name text NOT NULL, runs int DEFAULT 0, payload json);
CREATE FUNCTION add_job(name text, payload json = '{}') RETURNS jobs LANGUAGE sql AS $$
  INSERT INTO jobs (name, payload) VALUES (name, payload) RETURNING *
$$;
SELECT * FROM add_job('one');
SELECT add_job('two', '{"a": 1}');
SELECT (add_job('three')).name;
SELECT id, name, runs FROM jobs ORDER BY id;
CREATE FUNCTION all_jobs(least bigint) RETURNS SETOF jobs LANGUAGE sql STABLE AS $$ SELECT * FROM jobs WHERE id >= least ORDER BY id $$;
SELECT id, name FROM all_jobs(2);
SELECT all_jobs(3);
SELECT count(*) FROM all_jobs(0) a JOIN all_jobs(2) b ON a.id = b.id;
CREATE FUNCTION finish(job_ids bigint[]) RETURNS SETOF bigint LANGUAGE sql AS $$
  DELETE FROM jobs WHERE id = ANY(job_ids) RETURNING id
$$;
SELECT finish(ARRAY[1, 2, 99]::bigint[]);
SELECT * FROM finish('{3}') AS f(gone);
CREATE FUNCTION sum_to(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  total int := 0;
  i text;
BEGIN
  FOR i IN 1..n LOOP
    CONTINUE WHEN i = 3;
    total := total + i;
  END LOOP;
  FOR i IN REVERSE 10..1 BY 4 LOOP
    total = total + i * 100;
  END LOOP;
  RETURN total;
END
$$;
SELECT sum_to(4), sum_to(0), sum_to(NULL);
SELECT n, sum_to(n) FROM generate_series(1, 3) n;
CREATE FUNCTION kinds(x int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF x < 0 THEN
    RETURN 'negative';
  ELSIF x = 0 THEN
    RETURN 'zero';
  ELSE
    CASE x
      WHEN 1, 2 THEN RETURN 'small';
      WHEN 3 THEN RETURN 'three';
      ELSE NULL;
    END CASE;
    CASE WHEN x > 100 THEN RETURN 'big'; END CASE;
  END IF;
  RETURN 'rest';
END
$$;
SELECT kinds(-1), kinds(0), kinds(2), kinds(3), kinds(101);
SELECT kinds(50);
CREATE FUNCTION no_return(x int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF x = 1 THEN RETURN 1; END IF; END $$;
SELECT no_return(1);
SELECT no_return(2);
CREATE FUNCTION outs(a int, OUT b int, OUT c text) LANGUAGE plpgsql AS $$
BEGIN
  b := a * 2;
  c := 'c' || a;
END
$$;
SELECT * FROM outs(3);
SELECT outs(3);
CREATE FUNCTION one_out(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
SELECT one_out(1), pg_typeof(one_out(1));
CREATE FUNCTION pairs(n int) RETURNS TABLE (k int, v text) LANGUAGE plpgsql AS $$
BEGIN
  FOR k IN 1..n LOOP
    v := repeat('x', k);
    RETURN NEXT;
  END LOOP;
  RETURN QUERY SELECT 100, 'hundred'::text;
  RETURN QUERY EXECUTE 'SELECT $1 + 1, $2' USING 200, 'dyn'::text;
END
$$;
SELECT * FROM pairs(2);
SELECT k, length(v) FROM pairs(3) WHERE k < 3;
SELECT pairs(1);
CREATE FUNCTION evens(n int) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE i int := 0;
BEGIN
  WHILE true LOOP
    i := i + 1;
    EXIT WHEN i > n;
    IF i % 2 = 0 THEN RETURN NEXT i; END IF;
  END LOOP;
  RETURN;
END
$$;
SELECT * FROM evens(6);
SELECT evens(4), 'x';
CREATE FUNCTION rec(p_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r record;
  j jobs;
  k jobs%ROWTYPE;
  n int;
BEGIN
  SELECT 1 AS a, 'b'::text AS b INTO r;
  IF r.a = 1 THEN r.b := r.b || '!'; END IF;
  INSERT INTO jobs (name) VALUES (p_name) RETURNING * INTO j;
  UPDATE jobs SET runs = runs + 1 WHERE id = j.id RETURNING * INTO k;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN r.b || j.name || k.runs || n || FOUND;
END
$$;
SELECT rec('nine');
SELECT id, name, runs FROM jobs;
CREATE FUNCTION missing() RETURNS text LANGUAGE plpgsql AS $$
DECLARE j jobs; r record;
BEGIN
  SELECT * INTO j FROM jobs WHERE id = -1;
  IF NOT FOUND AND j IS NULL AND j.name IS NULL THEN RETURN 'none'; END IF;
  RETURN r.a;
END
$$;
SELECT missing();
CREATE FUNCTION strict_one(n int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE x int;
BEGIN
  SELECT g INTO STRICT x FROM generate_series(1, n) g;
  RETURN x;
END
$$;
SELECT strict_one(1);
SELECT strict_one(0);
SELECT strict_one(2);
CREATE FUNCTION unset() RETURNS text LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN RETURN r.a; END $$;
SELECT unset();
CREATE FUNCTION loop_rows() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r record;
  a int;
  b text;
  s text := '';
  arr int[] := '{5,6,7}';
BEGIN
  FOR r IN SELECT g AS x, g * g AS y FROM generate_series(1, 3) g LOOP
    s := s || r.x || ':' || r.y || ' ';
  END LOOP;
  FOR a, b IN EXECUTE 'SELECT g, chr(64 + g) FROM generate_series(1, $1) g' USING 2 LOOP
    s := s || a || b;
  END LOOP;
  FOREACH a IN ARRAY arr LOOP
    s := s || '/' || a;
  END LOOP;
  arr[2] := 60;
  arr[5] := 9;
  RETURN s || arr::text || FOUND;
END
$$;
SELECT loop_rows();
CREATE FUNCTION safe_div(a int, b int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m text; st text;
BEGIN
  INSERT INTO jobs (name) VALUES ('before');
  BEGIN
    INSERT INTO jobs (name) VALUES ('inside');
    RETURN a / b;
  EXCEPTION
    WHEN division_by_zero THEN
      GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, st = RETURNED_SQLSTATE;
      RETURN m || ' ' || st || ' ' || SQLSTATE || ' ' || SQLERRM;
    WHEN OTHERS THEN
      RETURN 'others';
  END;
END
$$;
SELECT safe_div(6, 3);
SELECT safe_div(1, 0);
SELECT name, count(*) FROM jobs GROUP BY name ORDER BY name;
CREATE FUNCTION dup() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO jobs (id, name) VALUES (1000, 'a'), (1000, 'b');
  RETURN 'no';
EXCEPTION WHEN unique_violation OR not_null_violation THEN
  RETURN 'dup ' || (SELECT count(*) FROM jobs WHERE id = 1000);
END
$$;
SELECT dup();
CREATE FUNCTION rethrow() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    RAISE EXCEPTION 'bad % and %%', 7 USING ERRCODE = 'GWBID', HINT = 'try', DETAIL = 'because';
  EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'caught %', SQLERRM;
    RAISE;
  END;
END
$$;
SELECT rethrow();
DO $$ BEGIN RAISE NOTICE 'hello % %', 1, NULL; RAISE WARNING 'careful'; RAISE INFO 'fyi'; RAISE DEBUG 'no'; END $$;
DO $$ BEGIN RAISE unique_violation; END $$;
DO $$ BEGIN RAISE unique_violation USING MESSAGE = 'mine'; END $$;
DO $$ BEGIN RAISE SQLSTATE '22012'; END $$;
DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'division_by_zero', MESSAGE = 'm'; END $$;
DO $$ BEGIN ASSERT 1 = 2, 'nope'; END $$;
DO $$ BEGIN SELECT 1; END $$;
DO $$ BEGIN PERFORM 1; IF FOUND THEN RAISE NOTICE 'found'; END IF; END $$;
DO $$ DECLARE x int NOT NULL := 1; BEGIN x := NULL; END $$;
DO $$ DECLARE x int; BEGIN x := 'abc'; END $$;
DO $$ DECLARE x numeric(4,1); BEGIN x := 12.345; RAISE NOTICE '%', x; END $$;
DO $$ DECLARE x int; BEGIN x := 1.6; RAISE NOTICE '%', x; END $$;
DO $$ BEGIN EXECUTE 'CREATE TABLE made (a int)'; EXECUTE format('INSERT INTO %I VALUES (%L)', 'made', 5); END $$;
SELECT * FROM made;
DO $$ BEGIN EXECUTE NULL; END $$;
DO $$ DECLARE id int := 1; BEGIN PERFORM 1 FROM jobs WHERE id = 1; END $$;
DO $$ <<one>> DECLARE x int := 1; BEGIN DECLARE y int := 2; BEGIN RAISE NOTICE '% %', one.x, y; END; END $$;
DO $$
<<a>>
BEGIN
  <<rows>>
  FOR i IN 1..3 LOOP
    FOR j IN 1..3 LOOP
      CONTINUE rows WHEN j = 2;
      RAISE NOTICE '% %', i, j;
      EXIT a WHEN i = 2;
    END LOOP;
  END LOOP;
  RAISE NOTICE 'never';
END $$;
CREATE FUNCTION fact(n int) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN IF n < 2 THEN RETURN 1; END IF; RETURN n * fact(n - 1); END $$;
SELECT fact(20);
CREATE FUNCTION f() RETURNS int LANGUAGE nope AS '';
SELECT nothere(1);
DROP FUNCTION add;
DROP FUNCTION add(int, int);
DROP FUNCTION IF EXISTS add(int, int);
DROP FUNCTION IF EXISTS add_job(text, json);
CREATE FUNCTION polite(VARIADIC names text[]) RETURNS text LANGUAGE sql AS $$ SELECT array_to_string(names, ' and ') $$;
SELECT polite('a'), polite('a', 'b'), polite(VARIADIC ARRAY['x', 'y']);
CREATE FUNCTION ident(x anyelement) RETURNS anyelement LANGUAGE plpgsql AS $$ BEGIN RETURN x; END $$;
SELECT ident(1), ident('a'::text), ident(now()) = now();
CREATE FUNCTION setpath() RETURNS text LANGUAGE sql SET search_path = public AS $$ SELECT current_setting('search_path') $$;
SELECT setpath(), current_setting('search_path');
UPDATE jobs SET runs = sum_to(2) WHERE name = 'before';
SELECT runs FROM jobs WHERE name = 'before' ORDER BY id;
SELECT name FROM jobs WHERE kinds(runs) = 'big' ORDER BY id
