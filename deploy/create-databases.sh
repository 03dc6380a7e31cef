#!/bin/sh
# Run once by the database image, as its superuser: the four databases, the role the application signs in with, and the
# one that backups are taken as, which may copy everything and change nothing.
set -eu
here=$(dirname "$0")
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_APP_PASSWORD" -v backup_password="$BACKUP_PASSWORD" <<'SQL'
CREATE ROLE holdfast_app LOGIN PASSWORD :'password';
CREATE ROLE holdfast_backup LOGIN REPLICATION PASSWORD :'backup_password';
SQL
echo "host replication holdfast_backup all scram-sha-256" >> "$PGDATA/pg_hba.conf"
for name in core kyc rates audit; do
  psql -v ON_ERROR_STOP=1 -c "CREATE DATABASE holdfast_$name"
  if [ "$name" = audit ]; then grants=audit-grants.sql; else grants=grants.sql; fi
  psql -v ON_ERROR_STOP=1 -d "holdfast_$name" -f "$here/application-role/$grants"
done
