-- WhatsApp numbers that FleetChat keeps for companies, each in a WABA of its own. A row outlives the companies that held its number.
-- The system role alone sees it: which company has which number is the platform's knowledge.
create table directory.pool_numbers (
    id              uuid        not null primary key,
    -- Our own numbers, which everybody may know.
    e164            text        not null unique check (e164 ~ '^\+[1-9][0-9]{4,14}$'),
    -- As people write it; letters are never dialled.
    display         text        not null check (length(display) between 1 and 40),
    verified_name   text        not null check (length(verified_name) between 1 and 100),
    waba_id         text        not null unique,
    data_region     text        not null,
    -- Null until the WABA has it.
    phone_number_id text        unique,
    -- Names in the secret store: the WABA's token, and the PIN that Meta asks for when the number is registered again.
    token_secret    text        not null,
    pin_secret      text        not null,
    state           text        not null check (state in ('entered', 'code_sent', 'free', 'reserved', 'assigned', 'cooling_down')),
    -- A tenant. No key refers to it: this table is nobody's but the platform's.
    held_by         text,
    entered_at      timestamptz not null,
    changed_at      timestamptz not null,
    -- Until then nobody gets it: what drivers still write was meant for who had it.
    cooling_until   timestamptz,
    check ((state in ('reserved', 'assigned')) = (held_by is not null)),
    check (state in ('entered', 'code_sent') or phone_number_id is not null),
    check ((state = 'cooling_down') = (cooling_until is not null))
);
-- A company holds one number, however often it is asked for.
create unique index pool_numbers_holder on directory.pool_numbers (held_by) where held_by is not null;
create index pool_numbers_free on directory.pool_numbers (data_region, entered_at) where state = 'free';
create index pool_numbers_cooling on directory.pool_numbers (data_region, cooling_until) where state = 'cooling_down';
create index pool_numbers_list on directory.pool_numbers (entered_at, id);

grant select, insert on directory.pool_numbers to fleetchat_system;
grant update (token_secret, phone_number_id, state, held_by, changed_at, cooling_until) on directory.pool_numbers to fleetchat_system;

-- A number that goes leaves its pointers, and its assignment ends.
grant update (valid_to) on fleet.number_assignments to fleetchat_app;
