using System.Text.Json;
using FleetChat.Core.Messaging;
using FleetChat.LocalHost.Demo;
using FleetChat.LocalHost.Demo.Months;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Stripe;

namespace FleetChat.Tests.Demo;

/// <summary>An expectation that cannot fail is a defect: each of the whole day's is shown evidence in which one thing is not as it should be.</summary>
[Collection(WholeDay.Collection)]
public sealed class FalseEvidenceTests(WholeDay whole)
{
    private static readonly Dictionary<string, Func<Evidence, Evidence>> s_lies = new()
    {
        ["three-companies-came-in-over-http-and-a-first-message-was-delivered"] = e => Calls(e, c => c.Path == "/webhooks" ? [c, c] : [c]),
        ["from-registration-a-company-came-to-its-first-delivered-message"] = e => e with { BroughtInWithin = null },
        ["onboarding-said-what-it-waited-for-and-nobody-began-before"] = e => Seen(e, view => view with { Steps = [.. view.Steps.Select(s => s.Code == "onboarding.templates_pending" ? s with { State = "done", Code = null } : s)] }),
        ["a-rejected-and-a-recategorised-template-were-alerted-and-not-used"] = e => e with { Haulage = e.Haulage! with { Templates = [.. e.Haulage.Templates.Select(t => t with { Status = "APPROVED" })] } },
        ["a-name-under-review-held-nobody-up"] = e => Seen(e, view => view with { Steps = [.. view.Steps.Select(s => s.Step == "display_name" ? s with { Code = "onboarding.name_declined" } : s)] }),
        ["rosters-brought-forty-drivers-each-to-his-own-company"] = e => e with { Freight = e.Freight with { Drivers = [.. e.Freight.Drivers.Skip(1)] } },
        ["each-driver-was-told-of-his-own-trip-once"] = e => Taken(e, t => t.Text.Contains("Haul 5312", StringComparison.Ordinal) ? [] : [t]),
        ["neighbours-in-one-org-never-see-each-others-words"] = e => e with { Haulage = e.Haulage! with { Words = $"{e.Haulage.Words} {Cast.Nora}" } },
        ["neighbours-events-are-out-of-scope"] = e => e with { Freight = e.Freight with { Events = [.. e.Freight.Events.Select(v => v with { Outcome = "noted: route" })] } },
        ["every-message-and-every-event-is-explained"] = e => e with { Cargo = e.Cargo with { Explanations = e.Cargo.Explanations.ToDictionary(x => x.Key, x => x.Value with { Timeline = [.. x.Value.Timeline.Where(w => w.What != "received")] }) } },
        ["every-rule-was-followed"] = e => Taken(e, t => t.Template == "fleetchat_route_cancelled_v1" ? [] : [t]),
        ["rules-that-one-company-switched-on-were-followed-there-alone"] = e => e with { Freight = e.Freight with { Alerts = [.. e.Freight.Alerts, .. e.Cargo.Alerts.Where(a => a.Code == "samsara.alert")] } },
        ["at-night-only-what-cannot-wait-was-told"] = e => Taken(e, t => [t with { At = t.At.AddMinutes(t.Text.Contains(Cast.Nora, StringComparison.Ordinal) ? -5 : 0) }]),
        ["edits-of-a-new-trip-became-one-message"] = e => Taken(e, t => [t with { Text = t.Text.Replace("4:30", "3:00", StringComparison.Ordinal) }]),
        ["more-than-six-unasked-messages-became-a-digest-and-an-alert"] = e => Taken(e, t => t.Template == "fleetchat_digest_v1" ? [] : [t]),
        ["a-stop-coming-up-was-told-once-half-an-hour-ahead"] = e => Taken(e, t => t.Template == "fleetchat_stop_coming_up_v1" ? [t, t] : [t]),
        ["what-can-wait-waited-while-its-driver-drove"] = e => Taken(e, t => [t with { At = t.At.AddMinutes(t.Template == "fleetchat_stop_coming_up_v1" ? -2 : 0) }]),
        ["a-slipped-eta-was-told-to-driver-and-dispatcher-once"] = e => e with { Cargo = e.Cargo with { Alerts = [.. e.Cargo.Alerts.Where(a => a.Code != "stop.eta_slipped")] } },
        ["late-and-early-arrivals-and-defects-were-alerted"] = e => e with { Freight = e.Freight with { Alerts = [.. e.Freight.Alerts.Where(a => a.Code != "vehicle.defects")] } },
        ["a-missing-paper-was-asked-for-where-none-had-come"] = e => Taken(e, t => t.Template == "fleetchat_document_missing_v1" ? [] : [t]),
        ["a-changed-trip-was-told-in-one-message"] = e => Taken(e, t => [t with { Text = t.Text.Replace("Pflugerville", "Elsewhere", StringComparison.Ordinal) }]),
        ["a-reassigned-trip-was-told-to-both-and-old-buttons-are-dead"] = e => Messages(e, m => m.Reason == "too_late" ? [] : [m]),
        ["a-cancelled-trip-was-told-and-its-buttons-are-dead"] = e => e with { Freight = e.Freight with { Transports = [.. e.Freight.Transports.Select(t => t with { Status = "assigned" })] } },
        ["a-team-was-told-both-and-the-rest-to-the-one-beside-the-wheel"] = e => e with { Freight = e.Freight with { Transports = [.. e.Freight.Transports.Select(t => t with { CoDriverId = null })] } },
        ["a-swapped-truck-was-told-to-both-and-goes-on-with-the-new-driver"] = e => Taken(e, t => t.Template == "fleetchat_route_reassigned_v1" ? [] : [t]),
        ["answers-to-trips-stand-in-both-systems"] = e => Calls(e, c => [c with { Status = 400 }]),
        ["nothing-written-to-samsara-touched-a-stop"] = e => Calls(e, c => [c with { Body = c.Method == "PATCH" ? JsonSerializer.SerializeToElement(new { stops = Array.Empty<string>() }) : c.Body }]),
        ["four-photos-became-one-document-with-one-confirmation"] = e => Calls(e, c => c.Path == "/fleet/documents" ? [c, c] : [c]),
        ["link-and-code-began-what-nobody-had-asked-for"] = e => Records(e, Cast.Wade, h => h.Method == "code" ? [h with { Method = "word" }] : [h]),
        ["a-code-tied-a-chat-that-shows-no-phone"] = e => Taken(e, t => t.Template == TemplateSet.StopArrived && t.To == e.Haulage!.Company.Get(Cast.Zoe).Phone ? [] : [t]),
        ["a-used-code-told-nothing-and-asked-the-dispatcher"] = e => Taken(e, t => [t with { Text = t.To == Cast.Finder ? $"{Cast.Wade} has begun by it" : t.Text }]),
        ["another-companys-code-gave-nothing"] = e => e with { Freight = e.Freight with { Drivers = [.. e.Freight.Drivers, .. e.Haulage!.Drivers.Where(d => d.Name == Cast.Zoe)] } },
        ["who-is-on-file-was-asked-by-template-in-his-language"] = e => Records(e, Cast.Yves, h => [h with { Language = "en" }]),
        ["no-was-kept-and-never-asked-again"] = e => Taken(e, t => t.Template == "fleetchat_consent_question_v1" && t.To == e.Haulage!.Company.Get(Cast.Nell).Phone ? [t, t] : [t]),
        ["nobody-was-written-to-before-he-agreed"] = e => Taken(e, t => t.Template == TemplateSet.StopArrived && t.To == e.Haulage!.Company.Get(Cast.Wade).Phone ? [t with { At = t.At.AddHours(-1) }] : [t]),
        ["stop-in-the-middle-of-a-question-ended-it"] = e => Taken(e, t => t.Template == "fleetchat_consent_question_v1" && t.To == e.Haulage!.Company.Get(Cast.Stan).Phone ? [t with { At = t.At.AddHours(2) }] : [t]),
        ["stop-while-messages-waited-left-no-attempt-after-it"] = e => e with
        {
            Haulage = e.Haulage! with { Explanations = e.Haulage.Explanations.ToDictionary(x => x.Key, x => x.Value with { Timeline = [.. x.Value.Timeline.Select(w => w.What == "tried" ? w with { At = w.At.AddHours(1) } : w)] }) },
        },
        ["start-after-stop-granted-again-and-messages-came-back"] = e => Records(e, Cast.Stan, h => h.State == "granted" ? [h with { MessageId = null }] : [h]),
        ["an-open-question-was-reminded-of-after-24-and-72-hours"] = e => Taken(e, t => t.Template == "fleetchat_consent_question_v1" && t.At > e.Notes.Asked.AddHours(1) ? [t with { At = t.At.AddHours(1) }] : [t]),
        ["a-question-ran-out-after-seven-days-and-the-company-knows"] = e => e with { Haulage = e.Haulage! with { Alerts = [.. e.Haulage.Alerts.Where(a => a.Code != "driver.consent_unanswered")] } },
        ["where-the-window-was-closed-only-templates-went-out"] = e => Taken(e, t => [t with { Type = "text" }]),
        ["each-stop-was-confirmed-once-at-most"] = e => e with { Cargo = e.Cargo with { Messages = [.. e.Cargo.Messages, .. e.Cargo.Messages.Where(m => m.Reason == "consent_stopped")] } },
        ["every-yes-no-and-stop-has-message-text-version-and-hashes"] = e => Records(e, Cast.Nell, h => h.By == "driver" ? [h with { Text = $"{h.Text} " }] : [h]),
        ["the-page-to-print-holds-the-whole-proof"] = e => Consent(e, Cast.Ines, c => c with { Page = c.Page.Replace("expired", "", StringComparison.Ordinal) }),
        ["no-record-of-consent-was-changed-or-lost"] = e => Records(e, Cast.Walt, h => h.State == "granted" ? [h with { Evidence = "another file" }] : [h]),
        ["samsara-away-delayed-a-trip-and-lost-nothing"] = e => e with { Cargo = e.Cargo with { Alerts = [.. e.Cargo.Alerts.Select(a => a with { ClosedAt = null })] } },
        ["whatsapp-away-delayed-messages-and-each-was-sent-once"] = e => e with { Cargo = e.Cargo with { Messages = [.. e.Cargo.Messages.Select(m => m with { Attempts = 1 })] } },
        ["killed-host-lost-nothing-and-sent-nothing-twice"] = e => Taken(e, t => t.Text.Contains("Gonzales dock", StringComparison.Ordinal) ? [t, t] : [t]),
        ["a-month-under-way-was-forecast-to-cost-no-less-than-so-far"] = e => Bills(e, b => b with { Preview = b.Preview with { Forecast = new(b.Preview.ActiveDrivers, b.Preview.TotalAmount - 1) } }),
        ["the-month-ended-in-one-invoice-a-company-for-its-own-drivers"] = e => e with { Bills = e.Bills! with { Freight = e.Bills.Freight with { ChargedDrivers = [.. e.Bills.Freight.ChargedDrivers.Skip(1), e.Bills.Cargo.ChargedDrivers[0]] } } },
        ["invoices-went-out-by-e-mail-with-their-pdf"] = e => Bills(e, b => b with { Letters = [.. b.Letters.Select(l => l with { Attachments = new Dictionary<string, byte[]>() })] }),
        ["a-card-entered-on-stripes-page-paid-its-invoice-once"] = e => Stripe(e, e.Bills!.Freight, money => money with { Charges = 2 }),
        ["a-refused-card-was-told-tried-again-and-reminded-of"] = e => Bills(e, b => b with { Letters = [.. b.Letters.Where(l => !l.Subject.EndsWith("is past due", StringComparison.Ordinal))] }),
        ["another-card-by-the-reminders-link-paid-what-was-open"] = e => Stripe(e, e.Bills!.Cargo, money => money with { Captured = 0 }),
        ["every-invoice-was-paid-and-the-ledger-balances-with-stripe-and-the-bank"] = e => Stripe(e, e.Bills!.Freight, money => money with { Refunded = 100 }),
    };

    public static TheoryData<string> Names => [.. Expectations.NamesOfWholeDay];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_expectation_sees_what_is_not_so(string name)
    {
        var judged = Expectations.Judge(s_lies[name](whole.Evidence));

        Assert.Contains(name, judged.Failed);
    }

    private static Evidence Bills(Evidence evidence, Func<CompanyBills, CompanyBills> change)
        => evidence with { Bills = evidence.Bills! with { Freight = change(evidence.Bills.Freight), Cargo = change(evidence.Bills.Cargo), Haulage = change(evidence.Bills.Haulage) } };

    private static Evidence Stripe(Evidence evidence, CompanyBills company, Func<InvoiceMoney, InvoiceMoney> change)
        => evidence with { Bills = evidence.Bills! with { Stripe = evidence.Bills.Stripe.ToDictionary(money => money.Key, money => money.Key == company.Invoice.Id.ToString() ? change(money.Value) : money.Value) } };

    private static Evidence Taken(Evidence evidence, Func<TakenMessage, IEnumerable<TakenMessage>> change)
        => evidence with { Journals = evidence.Journals with { Taken = [.. evidence.Journals.Taken.SelectMany(change)] } };

    private static Evidence Seen(Evidence evidence, Func<ApiOnboarding, ApiOnboarding> change)
        => evidence with { Haulage = evidence.Haulage! with { OnboardingSeen = [.. evidence.Haulage.OnboardingSeen.Select(change)] } };

    private static Evidence Calls(Evidence evidence, Func<SamsaraCall, IEnumerable<SamsaraCall>> change)
        => evidence with { Journals = evidence.Journals with { Calls = [.. evidence.Journals.Calls.SelectMany(change)] } };

    private static Evidence Records(Evidence evidence, string name, Func<ApiConsentEntry, IEnumerable<ApiConsentEntry>> change)
        => Consent(evidence, name, c => c with { Consent = c.Consent with { History = [.. c.History.SelectMany(change)] } });

    private static Evidence Consent(Evidence evidence, string name, Func<ConsentEvidence, ConsentEvidence> change)
        => evidence with { Consents = evidence.Consents.ToDictionary(c => c.Key, c => c.Key == name ? change(c.Value) : c.Value) };

    private static Evidence Messages(Evidence evidence, Func<ApiMessage, IEnumerable<ApiMessage>> change)
        => evidence with { Freight = evidence.Freight with { Messages = [.. evidence.Freight.Messages.SelectMany(change)] } };
}
