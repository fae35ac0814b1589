-- No statement needs more than this, so nobody who gets hold of a role gets more.

-- Who may look into a company is not the company's role to write down: nothing does yet.
revoke insert, update on fleet.support_grants from fleetchat_app;

-- Pages are added and read.
revoke update on fleet.paper_pages from fleetchat_app;

-- A key's scopes stay what they were, and so does from when on a number is whose.
revoke update on fleet.api_keys, fleet.number_assignments from fleetchat_app;
grant update (secret_hash, expires_at, revoked_at) on fleet.api_keys to fleetchat_app;
grant update (valid_to) on fleet.number_assignments to fleetchat_app;

-- Counted up by a function alone.
revoke select on fleet.number_series from fleetchat_system;

-- What is encrypted in them is put there and forgotten, and read by people alone.
revoke select on fleet.unrouted from fleetchat_system;
grant select (digest, received_at) on fleet.unrouted to fleetchat_system;
