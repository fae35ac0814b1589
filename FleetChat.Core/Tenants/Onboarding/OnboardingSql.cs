using FleetChat.Core.Data;
using FleetChat.Core.Orchestrations;
using Npgsql;

namespace FleetChat.Core.Tenants.Onboarding;

internal static class OnboardingState
{
    public const string Running = "running";
    public const string Done = "done";
    public const string Undoing = "undoing";
    public const string Undone = "undone";
}

internal static class StepState
{
    public const string Open = "open";
    public const string Waiting = "waiting";
    public const string Retrying = "retrying";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Undone = "undone";
}

internal sealed record OnboardingRow(Guid Id, string State, string? Reason, DateTimeOffset StartedAt, string StartedBy, DateTimeOffset? EndedAt);

internal sealed record StepRow(
    string Step, string State, string? Code, string? Message, int? DoneParts, int? TotalParts, int Failures, DateTimeOffset? FailingSince, DateTimeOffset ChangedAt, DateTimeOffset? NextAt);

internal static class OnboardingSql
{
    private const string Begin = """
        with begun as (
            insert into fleet.onboardings (tenant_id, id, state, started_at, started_by)
            values ($1, $2, 'running', $3, $4)
            on conflict do nothing
            returning id
        )
        insert into fleet.onboarding_steps (tenant_id, onboarding_id, step, state, changed_at)
        select $1, begun.id, s.step, 'open', $3
        from begun, unnest($5) as s (step)
        """;

    /// <returns>False: it was begun before.</returns>
    public static async Task<bool> TryBeginAsync(TenantTransaction db, Guid id, string actor, DateTimeOffset now, CancellationToken ct)
        => await db.ExecuteAsync(Begin, ct, P.Uuid(id), P.Time(now), P.Text(actor), P.Texts([.. OnboardingSteps.All])) > 0;

    private const string Find = """
        select id, state, reason, started_at, started_by, ended_at
        from fleet.onboardings
        where tenant_id = $1
        """;

    public static Task<OnboardingRow?> FindAsync(TenantDb db, CancellationToken ct) => db.FindAsync(Find, Read, ct);

    private const string Lock = """
        select id, state, reason, started_at, started_by, ended_at
        from fleet.onboardings
        where tenant_id = $1
        for no key update
        """;

    public static Task<OnboardingRow?> LockAsync(TenantTransaction db, CancellationToken ct) => db.FindAsync(Lock, Read, ct);

    private const string ListSteps = """
        select step, state, code, message, done_parts, total_parts, failures, failing_since, changed_at, next_at
        from fleet.onboarding_steps
        where tenant_id = $1
        """;

    public static Task<List<StepRow>> ListStepsAsync(TenantDb db, CancellationToken ct)
        => db.ListAsync(ListSteps, row => new StepRow(row.GetString(0), row.GetString(1), row.TextOrNull(2), row.TextOrNull(3), row.IntOrNull(4), row.IntOrNull(5), row.GetInt32(6),
            row.TimeOrNull(7), row.Time(8), row.TimeOrNull(9)), ct);

    private const string WriteStep = """
        update fleet.onboarding_steps
        set state = $3, code = $4, message = $5, done_parts = coalesce($6, done_parts), total_parts = coalesce($7, total_parts), failures = $8, failing_since = $9,
            changed_at = case when (state, code) is distinct from ($3, $4) then $10 else changed_at end, next_at = $11
        where tenant_id = $1
          and step = $2
        """;

    public static Task WriteStepAsync(TenantTransaction db, StepRow step, DateTimeOffset now, CancellationToken ct)
        => db.ExecuteAsync(WriteStep, ct, P.Text(step.Step), P.Text(step.State), P.Text(step.Code), P.Text(step.Message), P.Number(step.DoneParts), P.Number(step.TotalParts), P.Number(step.Failures),
            P.Time(step.FailingSince), P.Time(now), P.Time(step.NextAt));

    private const string End = """
        update fleet.onboardings
        set state = $2, reason = coalesce(reason, $3), ended_at = $4
        where tenant_id = $1
        """;

    /// <param name="reason">Of its being undone; the first stays.</param>
    /// <param name="endedAt">Null: it goes on.</param>
    public static Task SetStateAsync(TenantTransaction db, string state, string? reason, DateTimeOffset? endedAt, CancellationToken ct)
        => db.ExecuteAsync(End, ct, P.Text(state), P.Text(reason), P.Time(endedAt));

    // A company that is suspended is still what it was before.
    private const string HasBegun = """
        select status = 'active' or status = 'suspended' and coalesce(suspended_from, 'active') = 'active'
        from fleet.tenants
        where tenant_id = $1
        """;

    /// <summary>Whether the company works, or worked until it was suspended: such a one is not taken back.</summary>
    public static Task<bool> HasBegunAsync(TenantDb db, CancellationToken ct) => db.FindAsync(HasBegun, row => row.GetBoolean(0), ct);

    private const string FindRunning = """
        select id
        from fleet.onboardings
        where tenant_id = $1
          and state in ('running', 'undoing')
        """;

    /// <summary>Something changed that a company's onboarding may wait for. If there is one, it looks.</summary>
    public static async Task TellAsync(TenantDb db, TimeProvider time, CancellationToken ct)
    {
        if (await db.FindAsync<Guid?>(FindRunning, row => row.GetGuid(0), ct) is { } id) await FlowCommands.RaiseAsync(db, time, TakeOnboardingStep.Flow, id, Flow.Changed, ct);
    }

    private static OnboardingRow Read(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.TextOrNull(2), row.Time(3), row.GetString(4), row.TimeOrNull(5));
}
