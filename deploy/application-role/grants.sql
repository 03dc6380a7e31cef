-- What the application may do in a database, run there by its owner (in the audit database: audit-grants.sql instead).
-- It owns nothing: it cannot switch triggers off, truncate, or replace a function, so the books' laws bind it whatever
-- its code does. Migrations run as the owner.
GRANT USAGE ON SCHEMA public TO holdfast_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO holdfast_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO holdfast_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO holdfast_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO holdfast_app;
