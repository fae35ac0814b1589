using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Consent;

/// <summary>Attempts that are committed after their driver's STOP was.</summary>
internal static class LateAttempts
{
    // At its commit, when no STOP can come between any more, each attempt is asked whether one has been committed before it.
    private const string Watch = """
        create table public.late_attempts (tenant_id text, message_id uuid);
        create function public.watch_attempts() returns trigger language plpgsql security definer as $$
        begin
            insert into public.late_attempts
            select new.tenant_id, new.message_id
            from fleet.outbound o
            join fleet.conversations c on c.tenant_id = o.tenant_id and c.id = o.conversation_id
            where o.tenant_id = new.tenant_id
              and o.message_id = new.message_id
              and c.stopped_at is not null
              and o.purpose is distinct from 'stop';
            return null;
        end $$;
        create constraint trigger watch_attempts after insert on fleet.attempts deferrable initially deferred for each row execute function public.watch_attempts()
        """;

    public static Task WatchAsync(TestDatabase database) => database.ExecuteAsAdminAsync(Watch);

    public static Task<long> CountAsync(TestDatabase database) => database.ScalarAsAdminAsync<long>("select count(*) from public.late_attempts");
}
