-- One row for each application that has its state here. PostgreSQL 13 or newer.
CREATE TABLE IF NOT EXISTS maintenance_state (
  key text PRIMARY KEY,
  text text NOT NULL,
  -- Another one after each write. Not a counter: a row that was deleted and written anew must not get an old one again.
  version text NOT NULL DEFAULT gen_random_uuid()::text
);
