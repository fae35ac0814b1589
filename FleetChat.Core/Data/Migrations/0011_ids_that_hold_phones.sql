-- A message id of WhatsApp's is Base64 of a structure that holds the user's phone number. So it lies encrypted, is found by
-- blind index, and stands in no other column: not in dedupe keys, not in effect keys. The same for the senders' ids of facts.
-- Dedupe keys that exist are dropped: they cannot be made anew here, and effects are unique by keys of their own.
alter table fleet.message_logs drop constraint message_logs_tenant_id_wamid_key;
alter table fleet.message_logs drop column wamid;
alter table fleet.message_logs add column wamid bytea;
alter table fleet.message_logs add column wamid_index bytea check (length(wamid_index) = 32);
alter table fleet.message_logs add constraint message_logs_wamid unique (tenant_id, wamid_index);

-- Each attempt that WhatsApp took has an id of its own: a resent message has two, and either may be reported or quoted.
alter table fleet.attempts add column wamid_index bytea check (length(wamid_index) = 32);
alter table fleet.attempts add constraint attempts_wamid unique (tenant_id, wamid_index);

truncate fleet.inbox_keys;
alter table fleet.inbox_keys drop constraint inbox_keys_pkey;
alter table fleet.inbox_keys drop column external_id;
alter table fleet.inbox_keys add column external_index bytea not null check (length(external_index) = 32);
alter table fleet.inbox_keys add primary key (tenant_id, source, external_index);

-- Null in rows from before.
alter table fleet.inbox drop column external_id;
alter table fleet.inbox add column external_id bytea;
