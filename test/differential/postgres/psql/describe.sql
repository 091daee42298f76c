\d
\dt
\d parent
\d+ parent
\d child
\d v
\d+ v
\d ranges
\d r1
\d rd
\d sq
\d child_lower
\di
\ds
\dv
\df
\df+ f
\dn
\dn+
\l
\du
\dT
\dT+
\dp
\dd
\dx
\dL
\dD
\sf f
\sv v
\encoding
\ddp
select pg_get_constraintdef(oid) from pg_constraint where conrelid in ('parent'::regclass, 'child'::regclass) order by conname;
select pg_get_indexdef(indexrelid) from pg_index where indrelid in ('parent'::regclass, 'child'::regclass) order by 1;
select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid='parent'::regclass order by adnum;
select pg_get_viewdef('v'), pg_get_triggerdef((select oid from pg_trigger where tgname='tr'));
select pg_get_functiondef('f'::regproc);
select pg_get_serial_sequence('parent','id'), pg_get_userbyid(10);
select * from information_schema.columns where table_name in ('parent','v') order by table_name, ordinal_position;
select constraint_name, constraint_type from information_schema.table_constraints where table_name in ('parent','child') and constraint_type <> 'CHECK' order by 1;
select * from information_schema.key_column_usage where table_name='child' order by constraint_name, ordinal_position;
select * from information_schema.referential_constraints order by constraint_name;
select * from information_schema.sequences;
select * from information_schema.views where table_schema='public';
select indexname, indexdef from pg_indexes where schemaname='public' order by 1;
select attname, atttypid::regtype, attnum, attnotnull, atthasdef, attidentity, attgenerated, attlen, attcollation, attstorage, attalign from pg_attribute where attrelid='parent'::regclass order by attnum;
select * from pg_stat_replication;
select n.nspname, t.typname, t.typtype, t.typcategory, t.typelem::regtype, t.typarray::regtype, typrelid::regclass, typinput from pg_type t join pg_namespace n on n.oid=t.typnamespace where t.typname ~ 'mood|parent|child' order by 2;
select enumlabel, enumsortorder from pg_enum where enumtypid='mood'::regtype;
select proname, prosrc, pronargs, pronargdefaults, proargnames, prorettype::regtype, provolatile from pg_proc where proname in ('f','t') order by 1;
select 'parent'::regclass, 'f'::regproc, 'postgres'::regrole, 'pg_catalog.int4'::regtype, 'public'::regnamespace, 'f(int,text)'::regprocedure;
select conname, contype, conkey, confkey, confupdtype, confdeltype, confmatchtype, condeferrable from pg_constraint where conrelid in ('parent'::regclass, 'child'::regclass) order by 1;
select indkey, indoption, indnkeyatts, indisunique, indisprimary, indexprs is null, indpred is null, indclass, indcollation from pg_index where indrelid='child'::regclass order by indexrelid::regclass::text;
select has_table_privilege('parent','select'), has_schema_privilege('public','create'), pg_has_role('postgres','member');
select obj_description('parent'::regclass,'pg_class'), col_description('parent'::regclass, 2);
