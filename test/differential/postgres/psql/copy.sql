drop table if exists c; create table c (a int primary key, b text, n numeric(6,2) default 7, t text[], g int generated always as (a*2) stored);
copy c (a, b, t) from stdin;
1	x\ty	{p,q}
2	\N	\N
3	a\\b\nc	{}
\.
copy c to stdout;
copy c to stdout with (format csv, header, force_quote (b));
copy (select a, b from c order by a desc) to stdout csv;
copy c (a,b) from stdin csv header;
a,b
10,"q ""x"", y"
11,
12,""
\.
copy c (a,b) to stdout (delimiter '|', null 'NIL');
copy c (a,b) from stdin;
20
\.
copy c (a,b) from stdin;
20	x	y
\.
copy c (a,b) from stdin;
zz	x
\.
copy c (a, g) from stdin;
copy nope from stdin;
copy c (a) to stdout (header match);
copy c (a,n) from stdin (format csv, header match);
a,b
1,2
\.
copy c (a,n) from stdin;
30	123456.7
\.
begin; copy c(a) from stdin;
40
\.
rollback;
select * from c order by a;
