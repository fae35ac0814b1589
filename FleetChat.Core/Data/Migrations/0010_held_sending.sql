-- WhatsApp refused a tenant's number or account as a whole (a token that ran out, a lock, a quality limit): its sending waits
-- until then, and no message is burnt against the refusal.
alter table fleet.tenant_configurations add column sending_held_until timestamptz;
