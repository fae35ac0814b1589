-- What Meta takes for a message, as operators read it from Meta's lists. The platform's: a version is never changed, a new one corrects it.
create table fleet.meta_rates (
    -- Of the recipient's phone; *: of every country that has no rate of its own in the category.
    country    text        not null check (country ~ '^([A-Z]{2}|\*)$'),
    -- WhatsApp's word, as statuses say it.
    category   text        not null check (category ~ '^[a-z][a-z_-]{0,63}$'),
    version    int         not null check (version > 0),
    -- The first day, in each company's own time zone.
    valid_from date        not null,
    currency   text        not null check (currency ~ '^[A-Z]{3}$'),
    -- Minor units a message, with fractions.
    amount     numeric     not null check (amount >= 0),
    created_by text        not null,
    created_at timestamptz not null,
    primary key (country, category, version)
);
grant select, insert on fleet.meta_rates to fleetchat_system;
