-- Money that was sent back by the bank, and a transfer that was entered and never came: the bank's reference says which, and nothing but a person says why.
alter table fleet.receivables
    add column reason text check (length(reason) between 1 and 500);
