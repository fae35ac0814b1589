using FleetChat.Core.Messaging;

namespace FleetChat.LocalHost.Demo;

/// <summary>What has to be true after the day. Each is told from the API's answers and the simulators' journals alone.</summary>
internal static class Expectations
{
    /// <summary>Of the first minutes.</summary>
    private static readonly Dictionary<string, Func<Evidence, string?>> s_small = new Dictionary<string, Func<Evidence, string?>>
    {
        ["every-accepted-event-is-listed-once-and-done"] = Deliveries.ListedOnceAndDone,
        ["every-arrival-was-told-its-driver-once"] = Deliveries.ToldOnce,
        ["redelivered-samsara-webhook-had-no-second-effect"] = Deliveries.RedeliveredArrival,
        ["same-fact-under-another-event-id-had-no-second-effect"] = Deliveries.SameFact,
        ["redelivered-whatsapp-message-had-no-second-effect"] = Deliveries.RedeliveredTap,
        ["every-message-the-api-calls-taken-is-in-whatsapps-journal-once"] = Deliveries.TakenAreInJournal,
        ["every-message-in-whatsapps-journal-is-in-the-api-once"] = Deliveries.JournalIsInApi,
        ["lost-answer-was-settled-and-nothing-sent-twice"] = Deliveries.LostAnswer,
        ["transient-failure-was-sent-once-in-the-end"] = Deliveries.TransientFailure,
        ["statuses-never-went-backwards"] = Deliveries.StatusesForward,
        ["final-status-is-the-best-that-was-reported"] = Deliveries.FinalIsBest,
        ["whatsapp-refused-nothing-unordered"] = Deliveries.NothingRefused,

        ["wrong-signatures-got-401-and-changed-nothing"] = Doors.WrongSignatures,
        ["another-orgs-and-another-webhooks-event-changed-nothing-and-raised-alerts"] = Doors.ForeignEvents,
        ["one-post-for-two-companies-was-split"] = Doors.OnePost,
        ["a-number-of-nobodys-reached-nobody"] = Doors.NobodysNumber,
        ["neither-company-sees-a-row-of-the-other"] = Doors.RowsApart,
        ["messages-belong-to-the-company-whose-number-they-used"] = Doors.MessagesOfOwnNumber,
        ["foreign-ids-are-answered-like-missing-ones"] = Doors.ForeignIds,
        ["wrong-keys-are-refused"] = Doors.WrongKeys,
        ["no-alert-but-the-expected-ones"] = Doors.OnlyExpectedAlerts,

        ["one-phone-for-two-companies-moved-each-companys-own"] = Answers.OnePhoneForTwoCompanies,
        ["shared-phones-taps-moved-only-their-own-stops"] = Answers.SharedPhoneTaps,
        ["shared-phones-text-asks-who-writes"] = Answers.SharedPhoneText,
        ["done-taps-moved-stops-and-transports-on"] = Answers.DoneTaps,
        ["dispatchers-saw-problem-photo-place-and-question"] = Answers.DispatchersSaw,
        ["handled-conversation-left-the-dispatchers-list"] = Answers.Handled,
        ["dispatcher-text-inside-the-window-template-outside"] = Answers.DispatcherWrote,
        ["stranger-got-one-answer-without-fleet-data"] = Answers.Stranger,
        ["only-its-confirmation-was-sent-after-stop"] = Answers.AfterStop,
        ["each-driver-was-written-to-in-his-language"] = Answers.Languages,
    };

    /// <summary>Of all that comes after them.</summary>
    private static readonly Dictionary<string, Func<Evidence, string?>> s_more = new()
    {
        ["three-companies-came-in-over-http-and-a-first-message-was-delivered"] = Onboardings.FirstMessage,
        ["from-registration-a-company-came-to-its-first-delivered-message"] = Onboardings.Delivered,
        ["onboarding-said-what-it-waited-for-and-nobody-began-before"] = Onboardings.Waited,
        ["a-rejected-and-a-recategorised-template-were-alerted-and-not-used"] = Onboardings.Decided,
        ["a-name-under-review-held-nobody-up"] = Onboardings.Named,

        ["rosters-brought-forty-drivers-each-to-his-own-company"] = Rosters.Enrolled,
        ["each-driver-was-told-of-his-own-trip-once"] = Rosters.ToldOfOwnTrip,
        ["neighbours-in-one-org-never-see-each-others-words"] = Rosters.Neighbours,
        ["neighbours-events-are-out-of-scope"] = Rosters.NeighboursEvents,

        ["every-message-and-every-event-is-explained"] = Deliveries.Explained,
        ["every-rule-was-followed"] = Rules.EachFollowed,
        ["rules-that-one-company-switched-on-were-followed-there-alone"] = Rules.SwitchedOnAlone,
        ["at-night-only-what-cannot-wait-was-told"] = Rules.Night,
        ["edits-of-a-new-trip-became-one-message"] = Rules.Settled,
        ["more-than-six-unasked-messages-became-a-digest-and-an-alert"] = Rules.Digest,
        ["a-stop-coming-up-was-told-once-half-an-hour-ahead"] = Rules.ComingUp,
        ["what-can-wait-waited-while-its-driver-drove"] = Rules.AtTheWheel,
        ["a-slipped-eta-was-told-to-driver-and-dispatcher-once"] = Rules.EtaSlipped,
        ["late-and-early-arrivals-and-defects-were-alerted"] = Rules.EarlyAndLate,
        ["a-missing-paper-was-asked-for-where-none-had-come"] = Rules.PaperMissing,

        ["a-changed-trip-was-told-in-one-message"] = Trips.Changed,
        ["a-reassigned-trip-was-told-to-both-and-old-buttons-are-dead"] = Trips.Reassigned,
        ["a-cancelled-trip-was-told-and-its-buttons-are-dead"] = Trips.Cancelled,
        ["a-team-was-told-both-and-the-rest-to-the-one-beside-the-wheel"] = Trips.Team,
        ["a-swapped-truck-was-told-to-both-and-goes-on-with-the-new-driver"] = Trips.Swapped,
        ["answers-to-trips-stand-in-both-systems"] = Trips.Taken,
        ["nothing-written-to-samsara-touched-a-stop"] = Trips.StopsUntouched,
        ["four-photos-became-one-document-with-one-confirmation"] = Trips.FourPhotos,

        ["link-and-code-began-what-nobody-had-asked-for"] = Agreements.Begun,
        ["a-code-tied-a-chat-that-shows-no-phone"] = Agreements.Tied,
        ["a-used-code-told-nothing-and-asked-the-dispatcher"] = Agreements.CodeUsed,
        ["another-companys-code-gave-nothing"] = Agreements.CodeOfAnother,
        ["who-is-on-file-was-asked-by-template-in-his-language"] = Agreements.Asked,
        ["no-was-kept-and-never-asked-again"] = Agreements.No,
        ["nobody-was-written-to-before-he-agreed"] = Agreements.NothingBefore,
        ["stop-in-the-middle-of-a-question-ended-it"] = Agreements.StopInQuestion,
        ["stop-while-messages-waited-left-no-attempt-after-it"] = Agreements.StopWhileWaiting,
        ["start-after-stop-granted-again-and-messages-came-back"] = Agreements.StartAgain,
        ["an-open-question-was-reminded-of-after-24-and-72-hours"] = Agreements.Reminded,
        ["a-question-ran-out-after-seven-days-and-the-company-knows"] = Agreements.Expired,
        ["where-the-window-was-closed-only-templates-went-out"] = Agreements.Window,
        ["each-stop-was-confirmed-once-at-most"] = Agreements.OneConfirmation,
        ["every-yes-no-and-stop-has-message-text-version-and-hashes"] = Agreements.Proved,
        ["the-page-to-print-holds-the-whole-proof"] = Agreements.Printed,
        ["no-record-of-consent-was-changed-or-lost"] = Agreements.Appended,

        ["samsara-away-delayed-a-trip-and-lost-nothing"] = Troubles.SamsaraAway,
        ["whatsapp-away-delayed-messages-and-each-was-sent-once"] = Troubles.WhatsAppAway,
        ["killed-host-lost-nothing-and-sent-nothing-twice"] = Troubles.HostKilled,

        ["a-month-under-way-was-forecast-to-cost-no-less-than-so-far"] = Bills.Forecast,
        ["the-month-ended-in-one-invoice-a-company-for-its-own-drivers"] = Bills.Invoiced,
        ["invoices-went-out-by-e-mail-with-their-pdf"] = Bills.Mailed,
        ["a-card-entered-on-stripes-page-paid-its-invoice-once"] = Bills.PaidByCard,
        ["a-refused-card-was-told-tried-again-and-reminded-of"] = Bills.Refused,
        ["another-card-by-the-reminders-link-paid-what-was-open"] = Bills.PaidByAnotherCard,
        ["every-invoice-was-paid-and-the-ledger-balances-with-stripe-and-the-bank"] = Bills.Balanced,
    };

    public static IEnumerable<string> NamesOfWholeDay => s_more.Keys;

    public static IEnumerable<string> Names => s_small.Keys.Concat(s_more.Keys);

    public static DayOutcome Judge(Evidence evidence)
    {
        var all = evidence.Haulage is null ? s_small : s_small.Concat(s_more);
        return new([.. evidence.Companies.Select(company => Count(evidence, company))], [.. all.Select(expectation => new ExpectationResult(expectation.Key, FaultOf(expectation.Value, evidence)))]);
    }

    // What cannot be told does not hold: a row that should be there and is not, or is there twice.
    private static string? FaultOf(Func<Evidence, string?> find, Evidence evidence)
    {
        try
        {
            return find(evidence);
        }
        catch (Exception untold) when (untold is InvalidOperationException or ArgumentException)
        {
            return $"cannot be told: {untold.Message}";
        }
    }

    private static CompanyDay Count(Evidence evidence, CompanyEvidence company)
    {
        var events = Deliveries.AcceptedIds(evidence, company);
        var taken = evidence.TakenFrom(company).ToList();
        var lost = events.Count(id => !company.Events.Any(e => e.ExternalId == id && e.Status == "done"))
            + company.Messages.Count(m => m.IsTaken && !taken.Exists(t => t.Wamid == m.WhatsappMessageId));
        // Two of the same text to the same phone are no accident of the day: every stop and every sentence comes once in it, but for a question that is asked again.
        var twice = taken.Where(t => t.Template != TemplateSet.ConsentQuestion).GroupBy(t => (t.To, t.Text)).Sum(same => same.Count() - 1);
        return new(company.Company.Tenant, events.Count, taken.Count, lost, twice);
    }
}
