-- What a driver is told in a day without having done anything; what comes after is told together.
alter table fleet.tenant_configurations
    add column most_unasked_messages int not null default 6 check (most_unasked_messages between 1 and 100);
