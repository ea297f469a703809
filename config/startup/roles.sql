-- Run by the superuser at every start of the embedded PostgreSQL; safe to run again.
-- portret_owner owns the database and all tables and migrates. portret_app is what web and worker connect as: row-level security
-- holds for it, it owns nothing and is a member of nothing. It keeps TEMPORARY: imports are staged in temporary tables.
SELECT 'CREATE ROLE portret_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portret_owner') \gexec
SELECT 'CREATE ROLE portret_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portret_app') \gexec
ALTER ROLE portret_owner LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE portret_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS;
SELECT 'CREATE DATABASE portret OWNER portret_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'portret') \gexec
\connect portret
REVOKE ALL ON DATABASE portret FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE portret TO portret_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
