using FleetChat.Core.Data;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Messaging;

/// <param name="LookAt">When to look again, unless something happens before; null: it is over.</param>
public sealed record RetryStep(DateTimeOffset? LookAt);

/// <summary>
/// What a message's orchestration does each time that it looks: takes the message up once it is due, and says how long to sleep. The row
/// is the truth, so a look that comes late, or twice, does no harm.
/// </summary>
public sealed class RetryMessage(TenantDbs dbs, TimeProvider time)
{
    /// <summary>About a row of <c>fleet.outbound</c>, from its first failure on.</summary>
    public static readonly Flow Flow = new("MessageRetry", 1);

    /// <summary>So long after its due time a message is taken up without its orchestration: that must be lost.</summary>
    public static readonly TimeSpan LostAfter = TimeSpan.FromMinutes(5);

    /// <summary>Whoever ends a message tells its orchestration; where that is lost too, it finds out by itself.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(6);

    private const string TakeUp = """
        with due as (
            update fleet.outbound
            set status = 'waiting'
            where tenant_id = $1
              and id = $2
              and status = 'retrying'
              and due_at <= $3
        )
        select status, due_at
        from fleet.outbound
        where tenant_id = $1
          and id = $2
        """;

    public async Task<RetryStep> HandleAsync(FlowInput input, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        // As it was before it was taken up.
        var (status, dueAt) = await dbs.For(TenantId.Parse(input.TenantId)).FindAsync(TakeUp, row => (row.GetString(0), row.Time(1)), ct, P.Uuid(input.SubjectId), P.Time(now));
        return status switch
        {
            null or "done" => new(null),
            "retrying" when dueAt > now => new(dueAt),
            _ => new(now + LookAgain),
        };
    }
}
