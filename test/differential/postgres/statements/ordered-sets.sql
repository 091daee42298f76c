CREATE TABLE sale (region text, product text, amount int);
INSERT INTO sale VALUES ('n', 'a', 10), ('n', 'b', 20), ('s', 'a', 30), ('s', 'b', 40), ('s', 'b', NULL), ('n', 'a', 10);
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount), percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) FROM sale;
SELECT region, percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY amount) FROM sale GROUP BY region ORDER BY region;
SELECT mode() WITHIN GROUP (ORDER BY product), mode() WITHIN GROUP (ORDER BY amount DESC) FROM sale;
SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY amount) FILTER (WHERE region = 's') FROM sale;
SELECT rank(20) WITHIN GROUP (ORDER BY amount), dense_rank(20) WITHIN GROUP (ORDER BY amount), percent_rank(15) WITHIN GROUP (ORDER BY amount), cume_dist(20) WITHIN GROUP (ORDER BY amount) FROM sale;
SELECT percentile_cont(2) WITHIN GROUP (ORDER BY amount) FROM sale;
SELECT percentile_cont(0.5) FROM sale;
SELECT sum(amount) WITHIN GROUP (ORDER BY amount) FROM sale;
SELECT region, product, sum(amount), GROUPING(region), GROUPING(region, product) FROM sale GROUP BY ROLLUP (region, product) ORDER BY 1 NULLS LAST, 2 NULLS LAST;
SELECT region, product, count(*), GROUPING(product, region) AS g FROM sale GROUP BY CUBE (region, product) ORDER BY g, 1, 2;
SELECT region, sum(amount) FROM sale GROUP BY GROUPING SETS ((region), ()) HAVING GROUPING(region) = 0 ORDER BY 1;
SELECT GROUPING(amount) FROM sale GROUP BY region;
CREATE TABLE cast_of (v varchar(9) , n int);
CREATE UNIQUE INDEX cast_of_v ON cast_of ((v::text)) WHERE v::text <> 'x';
INSERT INTO cast_of VALUES ('a', 1) ON CONFLICT ((v::text)) WHERE v <> 'x' DO NOTHING;
INSERT INTO cast_of VALUES ('a', 2) ON CONFLICT ((v::text)) WHERE v <> 'x' DO UPDATE SET n = excluded.n RETURNING n
