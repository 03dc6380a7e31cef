-- What the application may do in the audit database, run there by its owner: read and append. It has no UPDATE and no
-- DELETE there, on no table, so the record is append-only for it even if the triggers were gone. Safe to run again.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM holdfast_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM holdfast_app;
GRANT USAGE ON SCHEMA public TO holdfast_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO holdfast_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO holdfast_app;
