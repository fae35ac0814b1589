using System.Globalization;
using FleetChat.Core.Data;

namespace FleetChat.Tests.Data;

/// <summary>
/// Migrations run before the new code, and the old code works on until it is replaced, and again if the new one is taken back: a migration adds, and only a later one, when no code that may
/// still run uses it, takes away.
/// </summary>
public sealed class ExpandAndContractTests
{
    /// <summary>Up to here nothing had been deployed anywhere; what came after is judged.</summary>
    private const int LastBeforeDeployment = 59;

    /// <summary>By the migration's file why the version before this one stumbles over nothing in it.</summary>
    private static readonly Dictionary<string, string> s_reasons = new()
    {
        ["0060_restores.sql"] = "what is revoked is a right to a function that the migration itself makes: old code never had it",
        ["0061_books.sql"] = "numbers come from a counter that gives each once, in old code too; the check takes one word more than before, and refuses none that old code writes",
        ["0065_least_rights.sql"] = "no statement of the version before it needs what is revoked",
    };

    [Fact]
    public void Migrations_since_the_first_deployment_only_add_or_say_why_old_code_does_not_stumble()
        => Assert.All(Judged().Where(m => !s_reasons.ContainsKey(m.Name)), migration => Assert.True(
            Contraction.Find(migration.Sql) is [], $"{migration.Name} {string.Join("; ", Contraction.Find(migration.Sql))}. Old code runs beside it (docs/deploying.md): add first and take away later, or write down here why it does no harm."));

    [Fact]
    public void Reasons_are_of_migrations_that_need_one()
        => Assert.All(s_reasons, reason => Assert.NotEmpty(Contraction.Find(Judged().Single(m => m.Name == reason.Key).Sql)));

    [Theory]
    [InlineData("alter table fleet.drivers drop column language;", "takes away")]
    [InlineData("drop table fleet.papers;", "takes away")]
    [InlineData("drop policy tenant on fleet.papers;", "takes away")]
    [InlineData("alter table fleet.drivers drop constraint drivers_language_check;", "takes away")]
    [InlineData("drop index fleet.drivers_nick;", "takes away")]
    [InlineData("drop trigger settled on fleet.drivers;", "takes away")]
    [InlineData("do $$ begin alter table fleet.drivers drop column language; end $$;", "takes away")]
    [InlineData("DO $do$ begin if true then drop index fleet.drivers_nick; end if; end $do$;", "takes away")]
    [InlineData("do $$ begin execute format('alter table %s drop column language', 'fleet.drivers'); end $$;", "runs a text")]
    [InlineData("alter table fleet.drivers rename column name to full_name;", "gives another name")]
    [InlineData("alter table fleet.drivers rename name to full_name;", "gives another name")]
    [InlineData("alter table fleet.drivers rename to people;", "gives another name")]
    [InlineData("alter table fleet.drivers alter column language type text using language::text;", "another type")]
    [InlineData("alter table fleet.drivers alter language set data type text;", "another type")]
    [InlineData("alter table fleet.drivers alter column language set not null;", "makes a column required")]
    [InlineData("alter table fleet.drivers alter column language drop default;", "takes a default away")]
    [InlineData("alter table fleet.drivers\n    add column nick text not null,\n    add column age integer not null default 0;", "without a default: add column nick")]
    [InlineData("alter table fleet.drivers add constraint short check (length(nick) < 9);", "adds a rule")]
    [InlineData("alter table fleet.drivers add unique (tenant_id, nick);", "adds a rule")]
    [InlineData("create unique index nicks on fleet.drivers (tenant_id, nick);", "adds a rule")]
    [InlineData("revoke update on fleet.drivers from fleetchat_app;", "takes a right away")]
    public void What_old_code_may_stumble_over_is_found(string sql, string what) => Assert.Contains(what, Assert.Single(Contraction.Find(sql)), StringComparison.Ordinal);

    [Theory]
    [InlineData("alter table fleet.drivers add column nick text, add column age integer not null default 0;")]
    [InlineData("alter table fleet.drivers add column size numeric(9, 2) not null default 0, add column whole bigint not null generated always as (1) stored;")]
    [InlineData("alter table fleet.drivers alter column language drop not null;")]
    [InlineData("create index nicks on fleet.drivers (tenant_id, nick);")]
    [InlineData("create table fleet.nicks (tenant_id text not null, nick text not null check (nick <> ''));\nalter table fleet.nicks add unique (tenant_id, nick);\ncreate unique index x on fleet.nicks (nick);")]
    [InlineData("-- drop table fleet.papers;\ngrant select on fleet.papers to fleetchat_app;")]
    [InlineData("create function fleet.forget() returns void language plpgsql as $$ begin execute 'drop table x'; drop table y; end $$;")]
    [InlineData("create or replace function fleet.forget() returns trigger language plpgsql AS\n$body$ begin execute 'drop table x'; end $body$;\ngrant execute on function fleet.forget() to fleetchat_app;")]
    [InlineData("create trigger forgets before update on fleet.drivers for each row execute function fleet.forget();")]
    [InlineData("insert into fleet.words (word) values ('it''s; drop table fleet.papers');")]
    public void What_only_adds_is_not_found(string sql) => Assert.Empty(Contraction.Find(sql));

    [Theory]
    [InlineData("0011_ids_that_hold_phones.sql")]
    [InlineData("0022_age_of_route_facts.sql")]
    [InlineData("0042_message_retry.sql")]
    [InlineData("0058_corporate_bill.sql")]
    public void Older_migrations_that_took_away_would_be_found(string name) => Assert.NotEmpty(Contraction.Find(Migration.All.Single(m => m.Name == name).Sql));

    private static IEnumerable<Migration> Judged() => Migration.All.Where(m => int.Parse(m.Name[..4], CultureInfo.InvariantCulture) > LastBeforeDeployment);
}
