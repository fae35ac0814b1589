using FleetChat.Core.Data;
using FleetChat.Core.Drivers.Imports;

namespace FleetChat.Core.Tenants.Onboarding;

/// <summary>How far a company is brought in.</summary>
/// <param name="State"><c>running</c>, <c>done</c>, <c>undoing</c>, or <c>undone</c>: then the company is closed.</param>
/// <param name="Reason">Why it is undone: <c>cancelled</c>, or the code of what failed.</param>
/// <param name="ForPeople">What somebody has to do, each a sentence; empty: nothing.</param>
public sealed record OnboardingView(
    TenantId TenantId,
    [OneOf(typeof(OnboardingState))] string State,
    string? Reason,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int StepsDone,
    int StepsTotal,
    IReadOnlyList<string> ForPeople,
    IReadOnlyList<OnboardingStepView> Steps);

/// <param name="State"><c>open</c>, <c>waiting</c>, <c>retrying</c>, <c>done</c>, <c>failed</c>, <c>undone</c>; of the roster <c>open</c> while an import runs, and <c>optional</c> until there are drivers.</param>
/// <param name="WaitsFor"><c>people</c>, <c>meta</c>, <c>other_steps</c>; null: for nobody.</param>
/// <param name="Code">Of what it waits for, or fails of.</param>
/// <param name="Message">What is to be done about that; of the roster how far its newest import is.</param>
/// <param name="Parts">Such as templates that Meta has decided on; null: it has no parts.</param>
/// <param name="NextAt">When it is looked at again, at the latest.</param>
public sealed record OnboardingStepView(
    [OneOf(GetOnboarding.Registration, OnboardingSteps.Number, OnboardingSteps.DisplayName, OnboardingSteps.Templates, OnboardingSteps.Samsara, GetOnboarding.RosterStep, OnboardingSteps.Activation)] string Step,
    [OneOf(StepState.Open, StepState.Waiting, StepState.Retrying, StepState.Done, StepState.Failed, StepState.Undone, GetOnboarding.Optional)] string State,
    string? WaitsFor,
    string? Code,
    string? Message,
    OnboardingParts? Parts,
    DateTimeOffset ChangedAt,
    DateTimeOffset? NextAt);

public sealed record OnboardingParts(int Done, int Total);

/// <summary>A company's onboarding as operators and the company itself see it.</summary>
public sealed class GetOnboarding(TenantDbs dbs)
{
    internal const string Registration = "registration";
    internal const string RosterStep = "roster";
    internal const string Optional = "optional";
    private const string People = "people";

    private static readonly HashSet<string> s_metas = [OnboardingErrors.NamePending.Code, OnboardingErrors.TemplatesPending.Code];
    private static readonly HashSet<string> s_others = [OnboardingErrors.NumberFirst.Code, OnboardingErrors.StepsFirst.Code];

    public async Task<Result<OnboardingView>> HandleAsync(TenantId tenant, CancellationToken ct)
    {
        var db = dbs.For(tenant);
        if (await OnboardingSql.FindAsync(db, ct) is not { } onboarding) return OnboardingErrors.NotFound;
        var rows = await OnboardingSql.ListStepsAsync(db, ct);
        var taken = OnboardingSteps.All.Select(name => View(rows.Single(row => row.Step == name))).ToList();
        var roster = Roster(await CountDriversAsync(db, ct), await ImportProgress.FindAsync(db, ct), onboarding.StartedAt);
        IReadOnlyList<OnboardingStepView> steps =
        [
            new(Registration, StepState.Done, null, null, null, null, onboarding.StartedAt, null),
            .. taken[..^1],
            roster,
            taken[^1],
        ];
        return new OnboardingView(
            tenant, onboarding.State, onboarding.Reason, onboarding.StartedAt, onboarding.EndedAt, steps.Count(step => step.State == StepState.Done), steps.Count,
            [.. steps.Where(step => step.WaitsFor == People).Select(step => step.Message!)], steps);
    }

    /// <summary>Drivers may come now or later: by the API, by an import, or from Samsara's roster once the company has begun.</summary>
    private static OnboardingStepView Roster(int drivers, ImportProgress? import, DateTimeOffset startedAt) => import is { State: ImportState.Running }
        ? new(RosterStep, StepState.Open, null, null, import.Text, new(import.Rows.Done, import.Rows.Total ?? 0), import.OpenedAt, null)
        : new(RosterStep, drivers > 0 ? StepState.Done : Optional, null, import?.Problem, import?.Text, new(drivers, drivers), import?.OpenedAt ?? startedAt, null);

    private static OnboardingStepView View(StepRow row) => new(
        row.Step, row.State, row.State == StepState.Waiting ? WaitsFor(row.Code!) : null, row.Code, row.Message,
        row is { DoneParts: { } done, TotalParts: { } total } ? new(done, total) : null, row.ChangedAt, row.NextAt);

    private static string WaitsFor(string code) => s_metas.Contains(code) ? "meta" : s_others.Contains(code) ? "other_steps" : People;

    private const string CountDrivers = """
        select count(*)
        from fleet.drivers
        where tenant_id = $1
          and status <> 'deactivated'
        """;

    private static async Task<int> CountDriversAsync(TenantDb db, CancellationToken ct) => (int)await db.FindAsync(CountDrivers, row => row.GetInt64(0), ct);
}
