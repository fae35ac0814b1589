using FleetChat.Core.Data;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Security;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>Which step of which onboarding.</summary>
public sealed record OnboardingStepInput(string TenantId, Guid SubjectId, string Step);

/// <param name="IsDone">Nothing more is to be done about the step.</param>
/// <param name="IsUndone">The onboarding is being taken back: no further step is to be taken.</param>
/// <param name="NextAt">When to look again; null: nothing is to be looked at.</param>
public sealed record OnboardingStepTaken(bool IsDone, bool IsUndone, DateTimeOffset? NextAt);

/// <summary>Takes one step, or takes it back, and writes down how it stands. What is true, the rows say: whoever repeats it finds it done.</summary>
public sealed class TakeOnboardingStep(SystemDb system, TenantDbs dbs, GetTenant get, IEnumerable<IOnboardingStep> steps, CloseOnboarding close, TimeProvider time)
{
    public static readonly Flow Flow = new("OnboardTenant", 1);

    private const string Actor = "onboarding";

    /// <summary>Trouble that lasts so long, and was met so often, does not pass.</summary>
    private static readonly TimeSpan LongestTrouble = TimeSpan.FromHours(24);

    private const int FewestFailures = 20;

    /// <summary>Nobody looked for so long after he should have: what was trouble before that may be over.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>Nothing is asked or changed for such a company. Its return is heard at once.</summary>
    private static readonly TimeSpan WhileSuspended = TimeSpan.FromHours(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    public async Task<OnboardingStepTaken> HandleAsync(OnboardingStepInput input, CancellationToken ct)
    {
        var (tenant, db) = (TenantId.Parse(input.TenantId), dbs.For(TenantId.Parse(input.TenantId)));
        if (await OnboardingSql.FindAsync(db, ct) is not { } onboarding || onboarding.State is OnboardingState.Done or OnboardingState.Undone) return new(true, false, null);
        if (onboarding.State == OnboardingState.Undoing) return new(false, true, null);
        var row = (await OnboardingSql.ListStepsAsync(db, ct)).Single(step => step.Step == input.Step);
        if (row.State == StepState.Done) return new(true, false, null);
        var company = (await get.FindAsync(db, ct))!;
        if (company.Status == "suspended") return new(false, false, time.GetUtcNow() + WhileSuspended);
        var result = await Of(input.Step).TakeAsync(new(tenant, company, Actor), ct);
        return await WriteAsync(tenant, row, result, ct);
    }

    /// <summary>What the step set up goes again. Trouble on the way is waited out, however long it lasts: nothing may be left.</summary>
    public async Task<OnboardingStepTaken> UndoAsync(OnboardingStepInput input, CancellationToken ct)
    {
        var (tenant, db) = (TenantId.Parse(input.TenantId), dbs.For(TenantId.Parse(input.TenantId)));
        if (await OnboardingSql.FindAsync(db, ct) is not { State: OnboardingState.Undoing }) return new(true, true, null);
        var row = (await OnboardingSql.ListStepsAsync(db, ct)).Single(step => step.Step == input.Step);
        if (row.State == StepState.Undone) return new(true, true, null);
        var result = await Of(input.Step).UndoAsync(new(tenant, (await get.FindAsync(db, ct))!, Actor), ct);
        return await WriteUndoneAsync(tenant, row, result, ct);
    }

    /// <summary>All steps are taken back: the company is closed, and its key destroyed.</summary>
    public Task CloseAsync(FlowInput input, CancellationToken ct) => close.HandleAsync(TenantId.Parse(input.TenantId), Actor, ct);

    private IOnboardingStep Of(string name) => steps.Single(step => step.Name == name);

    private async Task<OnboardingStepTaken> WriteAsync(TenantId tenant, StepRow row, StepResult result, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var after = After(row, result, now);
        await using var db = await dbs.BeginAsync(tenant, ct);
        // Cancelled meanwhile: what was set up is taken away, and the step's row is for that to write.
        if (await OnboardingSql.LockAsync(db, ct) is not { State: OnboardingState.Running }) return new(false, true, null);
        await OnboardingSql.WriteStepAsync(db, after, now, ct);
        if (after.State == StepState.Failed) await FailAsync(db, after, now, ct);
        else if ((await OnboardingSql.ListStepsAsync(db, ct)).TrueForAll(step => step.State == StepState.Done)) await OnboardingSql.SetStateAsync(db, OnboardingState.Done, null, now, ct);
        await db.CommitAsync(ct);
        if (after.State == StepState.Failed) await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.OnboardingFailed, tenant.Value)], Alerts.Critical, ct);
        if (result is StepResult.Waiting { IsRefused: true }) await Alerts.RaiseForPlatformAsync(system, time, [(AlertCodes.OnboardingRefused, tenant.Value)], Alerts.Warning, ct);
        return new(after.State == StepState.Done, after.State == StepState.Failed, after.NextAt);
    }

    private async Task FailAsync(TenantTransaction db, StepRow failed, DateTimeOffset now, CancellationToken ct)
    {
        // A company that has begun is not closed because its name is declined for good.
        if (await OnboardingSql.HasBegunAsync(db, ct))
            await OnboardingSql.SetStateAsync(db, OnboardingState.Done, null, now, ct);
        else await OnboardingSql.SetStateAsync(db, OnboardingState.Undoing, failed.Code, null, ct);
        db.Audit(time, Actor, "onboarding.failed", failed.Step, failed.Code!);
    }

    private static StepRow After(StepRow row, StepResult result, DateTimeOffset now)
    {
        var parted = row with { DoneParts = result.Parts?.Done, TotalParts = result.Parts?.Total, Code = null, Message = null, Failures = 0, FailingSince = null, NextAt = null };
        return result switch
        {
            StepResult.Done => parted with { State = StepState.Done },
            StepResult.Waiting waiting => parted with { State = StepState.Waiting, Code = waiting.For.Code, Message = waiting.For.Message, NextAt = now + waiting.Pause },
            StepResult.Retry retry => AfterTrouble(parted, TroubleOf(row, now), retry.Because, now),
            StepResult.Failed failed => parted with { State = StepState.Failed, Code = failed.Because.Code, Message = failed.Because.Message },
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, "a step's result that nobody knows"),
        };
    }

    /// <summary>A host that was down has not seen how long it lasted: then it begins anew.</summary>
    private static (DateTimeOffset Since, int Failures) TroubleOf(StepRow row, DateTimeOffset now)
        => row.FailingSince is { } since && now - (row.NextAt ?? now) < LongestDelay ? (since, row.Failures) : (now, 0);

    private static StepRow AfterTrouble(StepRow row, (DateTimeOffset Since, int Failures) trouble, Error because, DateTimeOffset now)
    {
        var told = row with { Code = because.Code, Message = because.Message };
        if (now - trouble.Since >= LongestTrouble && trouble.Failures >= FewestFailures) return told with { State = StepState.Failed };
        return told with { State = StepState.Retrying, Failures = trouble.Failures + 1, FailingSince = trouble.Since, NextAt = now + PauseAfter(trouble.Failures) };
    }

    private async Task<OnboardingStepTaken> WriteUndoneAsync(TenantId tenant, StepRow row, StepResult result, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var isDone = result is StepResult.Done;
        var after = row with
        {
            State = isDone ? StepState.Undone : StepState.Retrying,
            Code = isDone ? null : Because(result).Code,
            Message = isDone ? null : Because(result).Message,
            Failures = isDone ? 0 : row.Failures + 1,
            FailingSince = isDone ? null : row.FailingSince ?? now,
            NextAt = isDone ? null : now + PauseAfter(row.Failures),
        };
        await using var db = await dbs.BeginAsync(tenant, ct);
        await OnboardingSql.WriteStepAsync(db, after, now, ct);
        await db.CommitAsync(ct);
        return new(isDone, true, after.NextAt);
    }

    private static Error Because(StepResult result) => result switch
    {
        StepResult.Retry retry => retry.Because,
        StepResult.Failed failed => failed.Because,
        StepResult.Waiting waiting => waiting.For,
        _ => throw new ArgumentOutOfRangeException(nameof(result), result, "nothing is wrong"),
    };

    private static TimeSpan PauseAfter(int failures) => TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(failures, 20)));
}
