using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Drivers.Imports;
using FleetChat.Core.Messaging;
using FleetChat.Core.Orchestrations;
using FleetChat.Core.Tenants.Onboarding;
using FleetChat.Functions.Billing;
using FleetChat.LocalRuntime.Durable;
using static FleetChat.Tests.Orchestrations.Histories.Script;

namespace FleetChat.Tests.Orchestrations.Histories;

/// <summary>
/// What the sets are recorded from: for each orchestrator its usual run, which comes first, and each way that its code can take. A new version gets scripts of its own
/// beside those of the old.
/// </summary>
internal static class Scripts
{
    /// <summary>After so many rounds an import and an onboarding go on as a new generation; old instances do so wherever the old code did.</summary>
    private const int Rounds = 100;

    private const string Subject = "0195a1b2c3d470008000000000000001";
    private static readonly FlowInput s_subject = new("acme_001", Guid.Parse(Subject));
    private static readonly BillingWave s_wave = new("2026-02", "20260302T0802", After: null);
    private static readonly TenantMonth s_month = new("acme_001", "2026-02");

    public static IReadOnlyList<Script> All { get; } = [.. MessageRetry(), .. Consent(), .. Import(), .. Collection(), .. Billing(), .. TenantBilling(), .. Onboarding()];

    private static IEnumerable<Script> MessageRetry()
    {
        var (again, over) = (Answered("TakeUpMessage", new RetryStep(At(2, 9))), Answered("TakeUpMessage", new RetryStep(null)));
        return
        [
            About("MessageRetry", "sent at the second try", again, Due, over),
            About("MessageRetry", "settled by a report while it waits", again, Told(Flow.Changed), over),
            About("MessageRetry", "woken twice, and then due", again, Told(Flow.Changed), Answered("TakeUpMessage", new RetryStep(At(2, 10))), Told(Flow.Changed), again, Due, over),
            About("MessageRetry", "told while the message is taken up", again, Due, Told(Flow.Changed), Answered("TakeUpMessage", new RetryStep(At(2, 11))), Due, over),
            About("MessageRetry", "the database is away for a moment", Failed("TakeUpMessage"), Due, Failed("TakeUpMessage"), Due, over),
            About("MessageRetry", "the database stays away", [.. Enumerable.Repeat<Func<OpenActions, HistoryEvent>[]>([Failed("TakeUpMessage"), Due], 7).SelectMany(m => m), Failed("TakeUpMessage")]),
        ];
    }

    private static IEnumerable<Script> Consent()
    {
        var over = Answered("LookAtConsent", null);
        return
        [
            About("ConsentFlow", "reminded, and then answered", Answered("LookAtConsent", At(3)), Due, Answered("LookAtConsent", At(5)), Told(Flow.Changed), over),
            About("ConsentFlow", "never answered: longer than a timer lasts", Answered("LookAtConsent", At(12)), Due, Due, Due, Due, over),
            About("ConsentFlow", "answered while it is looked at", Told(Flow.Changed), Answered("LookAtConsent", At(3)), Answered("LookAtConsent", At(4)), Due, over),
            About("ConsentFlow", "the database is away", Failed("LookAtConsent"), Due, over),
        ];
    }

    private static IEnumerable<Script> Import()
    {
        var (goesOn, over) = (Answered("RunImport", new ImportStep(IsOver: false)), Answered("RunImport", new ImportStep(IsOver: true)));
        return
        [
            About("ImportFlow", "three parts and a wait", goesOn, goesOn, Answered("RunImport", new ImportStep(false, At(2, 9))), Due, over),
            About("ImportFlow", "drivers are asked over days: a new generation", [.. Enumerable.Repeat(goesOn, Rounds)]),
            About("ImportFlow", "Samsara is away", Failed("RunImport"), Due, over),
        ];
    }

    private static IEnumerable<Script> Collection()
    {
        var over = Answered("LookAtInvoice", null);
        return
        [
            About("CollectInvoice", "charged, reminded, paid", Answered("LookAtInvoice", At(4)), Due, Answered("LookAtInvoice", At(6)), Told(Flow.Changed), over),
            About("CollectInvoice", "something is due already", Answered("LookAtInvoice", At(1)), Answered("LookAtInvoice", At(9)), Due, Due, Due, over),
            About("CollectInvoice", "the database is away", Failed("LookAtInvoice"), Due, over),
        ];
    }

    private static IEnumerable<Script> Billing()
    {
        string[] companies = ["acme_001", "bolt_002", "cargo_003"];
        var ends = companies.Select(company => ChildEnded($"TenantBilling-v1:{company}:{s_wave.Period}:{s_wave.Wave}")).ToArray();
        return
        [
            new("BillingRun", "three companies", BillingFlow.InstanceOf(s_wave), s_wave, Answered("ListDueTenants", new DueTenants(companies, IsLast: true)), ends[1], ends[0], ends[2]),
            new("BillingRun", "more companies follow", BillingFlow.InstanceOf(s_wave), s_wave, Answered("ListDueTenants", new DueTenants(companies, IsLast: false)), ends[0], ends[1], ends[2]),
            new("BillingRun", "nobody is due", BillingFlow.InstanceOf(s_wave), s_wave, Answered("ListDueTenants", new DueTenants([], IsLast: true))),
            new("BillingRun", "the database is away", BillingFlow.InstanceOf(s_wave), s_wave, Failed("ListDueTenants"), Due, Answered("ListDueTenants", new DueTenants([], IsLast: true))),
        ];
    }

    private static IEnumerable<Script> TenantBilling()
    {
        var invoiced = Answered("InvoiceMonth", new MonthInvoiced(Guid.Parse(Subject), IsFinal: true, Problem: null));
        Func<OpenActions, HistoryEvent>[] fourFailures = [Failed("InvoiceMonth"), Due, Failed("InvoiceMonth"), Due, Failed("InvoiceMonth"), Due, Failed("InvoiceMonth")];
        Func<OpenActions, HistoryEvent>[] fourUntold = [Failed("ReportBillingTrouble"), Due, Failed("ReportBillingTrouble"), Due, Failed("ReportBillingTrouble"), Due, Failed("ReportBillingTrouble")];
        return
        [
            OfMonth("invoiced", invoiced),
            OfMonth("the last child: the parent's bill", Answered("InvoiceMonth", new MonthInvoiced(Guid.Parse(Subject), true, null) { PaidBy = "holding_009" }), invoiced),
            OfMonth("a failure that people are told of", [.. fourFailures, Answered("ReportBillingTrouble", null)]),
            OfMonth("a failure that nobody can be told of", [.. fourFailures, .. fourUntold]),
        ];
    }

    private static IEnumerable<Script> Onboarding()
    {
        Func<OpenActions, HistoryEvent> done = Taken(new(IsDone: true, IsUndone: false, NextAt: null)), undone = Taken(new(false, IsUndone: true, null)), waits = Taken(new(false, false, At(3)));
        var back = Answered("UndoOnboardingStep", new OnboardingStepTaken(IsDone: true, false, null));
        return
        [
            About("OnboardTenant", "all at once", done, done, done, done, done),
            About("OnboardTenant", "the templates are waited for", done, done, waits, done, waits, Told(Flow.Changed), done, done),
            About("OnboardTenant", "taken back", done, done, undone, back, Answered("UndoOnboardingStep", new OnboardingStepTaken(false, false, At(4))), Due, back, back, back, back, Answered("CloseOnboarding", null)),
            About("OnboardTenant", "papers for months: a new generation", [done, done, done, done, waits, .. Enumerable.Repeat<Func<OpenActions, HistoryEvent>[]>([Told(Flow.Changed), waits], Rounds - 1).SelectMany(m => m), Told(Flow.Changed)]),
        ];

        static Func<OpenActions, HistoryEvent> Taken(OnboardingStepTaken step) => Answered("TakeOnboardingStep", step);
    }

    private static Script About(string orchestrator, string name, params Func<OpenActions, HistoryEvent>[] moves) => new(orchestrator, name, $"{orchestrator}-v1:acme_001:{Subject}", s_subject, moves);

    private static Script OfMonth(string name, params Func<OpenActions, HistoryEvent>[] moves) => new("TenantBilling", name, $"TenantBilling-v1:{s_month.TenantId}:{s_month.Period}:{s_wave.Wave}", s_month, moves);

    private static DateTimeOffset At(int day, int hour = 8) => new(Day(day, hour));
}
