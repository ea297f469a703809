-- Run once by a superuser on a PostgreSQL >= 15 that is to serve Portret; compose.yaml does it by itself. The passwords come from
-- the environment:  OWNER_PASSWORD=… APP_PASSWORD=… psql -d postgres -f deploy/postgres.sql
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

-- Owns the database and all tables; only migrations connect as it. CREATEDB is for the test suite alone: leave it out.
CREATE ROLE portret_owner LOGIN PASSWORD :'owner_password'
    NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- What web, worker and beat connect as. It owns nothing, is a member of nothing, and row-level security holds for it.
CREATE ROLE portret_app LOGIN PASSWORD :'app_password'
    NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS;

-- Text is compared byte by byte, the same on every machine and after every upgrade of the system's libraries.
CREATE DATABASE portret OWNER portret_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';

\connect portret
REVOKE ALL ON DATABASE portret FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE portret TO portret_app; -- imports are staged in temporary tables
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
