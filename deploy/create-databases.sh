#!/bin/sh
# Run once by the database image, as its superuser: the four databases, and the role the application signs in with.
set -eu
here=$(dirname "$0")
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_APP_PASSWORD" <<'SQL'
CREATE ROLE holdfast_app LOGIN PASSWORD :'password';
SQL
for name in core kyc rates audit; do
  psql -v ON_ERROR_STOP=1 -c "CREATE DATABASE holdfast_$name"
  if [ "$name" = audit ]; then grants=audit-grants.sql; else grants=grants.sql; fi
  psql -v ON_ERROR_STOP=1 -d "holdfast_$name" -f "$here/application-role/$grants"
done
