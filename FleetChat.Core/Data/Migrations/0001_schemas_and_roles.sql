-- Two schemas: directory finds the tenant of something that arrives (nothing personal in it),
-- fleet holds everything else. Every object belongs to the group role fleetchat_owner, which runs this script.
-- The app's role works inside one tenant at a time; the system role routes and sweeps, and sees
-- only the columns granted to it by name.
create schema directory;
create schema fleet;

grant usage on schema directory to fleetchat_app, fleetchat_system;
grant usage on schema fleet to fleetchat_app, fleetchat_system;
