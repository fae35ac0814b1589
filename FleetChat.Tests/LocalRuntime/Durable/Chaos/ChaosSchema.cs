namespace FleetChat.Tests.LocalRuntime.Durable.Chaos;

/// <summary>What the tests add to the database to see with: activities' effects, and each end of an instance as it was committed.</summary>
internal static class ChaosSchema
{
    public const string Sql = """
        create table effects (
            instance text not null,
            place text not null,
            at timestamptz not null default clock_timestamp()
        );
        create index on effects (instance, place);
        create table endings (
            key bigint not null,
            id text not null,
            status smallint not null,
            output text,
            at timestamptz not null default clock_timestamp()
        );
        create table violations (
            what text not null
        );
        create function note_change() returns trigger language plpgsql as $$
        begin
            if old.status in (1, 3, 5) then
                insert into violations values (format('%s was changed after its end', old.id));
            elsif new.status in (1, 3, 5) then
                insert into endings (key, id, status, output) values (new.key, new.id, new.status, new.output);
            end if;
            return null;
        end
        $$;
        create trigger note_change after update on localhost.instances
            for each row execute function note_change();
        create function refuse() returns trigger language plpgsql as $$
        begin
            raise exception 'could not extend file: No space left on device' using errcode = '53100';
        end
        $$;
        """;

    /// <summary>As the server says it when the disk is full.</summary>
    public static string FillDiskSql(string table) => $"create trigger refuse before insert or update on localhost.{table} for each row execute function refuse()";

    public static string EmptyDiskSql(string table) => $"drop trigger if exists refuse on localhost.{table}";
}
