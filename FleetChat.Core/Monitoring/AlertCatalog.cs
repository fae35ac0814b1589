using System.Globalization;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Monitoring;

/// <summary>What an alert's code means to people: what happened and what to do.</summary>
public static class AlertCatalog
{
    private const string ForUnknownCodes = "Something needs a look. Ask FleetChat's support and name this code and subject.";

    private static readonly Dictionary<string, string> Sentences = new()
    {
        [AlertCodes.AuditKeyLost] = "The secret store has lost the key of the audit trails (see subject), so nothing that is audited can be done. Restore it from a backup; never make a new one: no trail could be checked any more.",
        [AlertCodes.ForeignTenant] = "One of your API keys or users (see subject) asked for another company and was refused. Check who holds the key, or ask the user; revoke the key or remove the user if you do not know why.",
        [AlertCodes.CallFailed] = "Samsara, WhatsApp, Stripe or the mail server did not take a request of this kind (see subject) after many tries. Check that the company's access token still works and has the scopes it needs; for mail, that the address is right. A refund with its id is tried on each half hour, and closes by itself.",
        [AlertCodes.DispatcherWaiting] = "Something in a conversation (see subject) waits for a dispatcher, and nobody has taken it in the company's time for that. GET /api/conversations?needs=dispatcher shows it; take it, answer, and mark it handled.",
        [AlertCodes.DriverConsentUnanswered] = "A driver (see subject) has not answered whether he may be written to on WhatsApp. GET /api/drivers/{id}/consent shows how it stands; speak with the driver, and give him his link or code again.",
        [AlertCodes.DriverDeactivated] = "A driver (see subject) who is deactivated drives a transport, so nothing was sent. Activate the driver or assign another one in Samsara.",
        [AlertCodes.DriverHosViolation] = "A driver (see subject, Samsara's id) is over the hours of service. Look at the driver's clocks in Samsara, and plan the rest of the trip anew.",
        [AlertCodes.DriverManyMessages] = "A driver (see subject) had more messages today than anybody reads; what comes now is told together, once an hour. See GET /api/messages for what makes so many, and switch off the rule that nobody needs.",
        [AlertCodes.DriverNoConsent] = "A driver (see subject) has not agreed to be written to on WhatsApp, so nothing was sent. Reach the driver another way and ask for consent.",
        [AlertCodes.DriverNoPhone] = "A driver (see subject) has no phone number that WhatsApp can use, so nothing was sent. Enter the number in Samsara or in FleetChat, with its country code.",
        [AlertCodes.DriverOverLimit] = "A driver (see subject) of Samsara's roster waits to be enrolled, because the company has as many drivers as it may; nothing is sent to him. Deactivate another one in Samsara, or ask FleetChat for a higher limit; it closes by itself.",
        [AlertCodes.DriverPhoneChanged] = "A driver (see subject) has another phone in Samsara. Nobody agreed to be written to on it, so nothing is sent: ask the driver for consent anew.",
        [AlertCodes.DriverStoppedMarketing] = "A driver (see subject) stopped marketing messages in WhatsApp. Messages about transports still go out; check that no template of yours counts as marketing with Meta.",
        [AlertCodes.InboxForeignOrg] = "A webhook with a right signature came from another Samsara organization and was kept without effect. Check which organization your webhook was created in.",
        [AlertCodes.InboxForeignWebhook] = "A webhook with a right signature came from another Samsara webhook than the one set up and was kept without effect. Check your webhooks in Samsara; remove those no longer used.",
        [AlertCodes.InboxParked] = "An event (see subject) could not be processed and was put aside after five attempts. GET /api/events shows its reason; ask FleetChat's support to run it again.",
        [AlertCodes.InboxUnknownAccount] = "WhatsApp sent an update about an account (see subject) that belongs to no company, and it was kept. Check whether the account is still subscribed to the app.",
        [AlertCodes.InboxUnknownNumber] = "WhatsApp sent an update of a number (see subject) that belonged to no company at that time, and it was kept. Check the number's entry in the pool.",
        [AlertCodes.InboxUnparsable] = "A webhook with a right signature could not be read and was kept. Ask FleetChat's support whether the sender has changed its format.",
        [AlertCodes.InvoiceBlocked] = "A month (see subject) of the company has ended, and its invoice can't be made: a price is missing, what was entered can't be meant, or a company that this one pays for is not closed and has such an alert itself. GET /api/billing/preview of that month says what; FleetChat's operators mend it, and the invoice is made within the hour. It closes by itself.",
        [AlertCodes.KeyLost] = "The secret store has lost the key of a company's data (see subject), or it does not open: what the company has stored can't be read, and its events and messages wait once no process has the key in memory. FleetChat's operators restore it from the secret store's copy, and restart nothing before; nothing is lost until then, and it closes by itself.",
        [AlertCodes.MessageFailed] = "WhatsApp refused messages for good with the error code in subject. GET /api/messages shows which; reach their drivers another way.",
        [AlertCodes.MessageResent] = "WhatsApp neither confirmed nor refused a message for ten minutes, so it was sent again. A driver may have got it twice; nothing to do unless it goes on.",
        [AlertCodes.MessageUnknown] = "Nobody knows whether a message (see subject) arrived: WhatsApp neither confirmed nor refused it. Ask the driver, and send it again if need be.",
        [AlertCodes.MessageUnreadable] = "A message (see subject) can't be opened. If it was to be sent it was not: reach the driver another way. In lists it is shown without its words, as unreadable, and it may stand for others. Ask FleetChat's support to look at the company's key.",
        [AlertCodes.MetaNearQuota] = "Four fifths of what Meta allows FleetChat are used: of its WhatsApp accounts, or of the people whom a portfolio (see subject) may write to in a day. GET /api/platform/numbers shows how much; ask Meta for more.",
        [AlertCodes.OnboardingFailed] = "A company (see subject) could not be brought in, and what was set up for it was taken back. GET /api/platform/tenants/{id}/onboarding shows what failed; mend it, and register the company anew.",
        [AlertCodes.OnboardingRefused] = "Samsara or Meta refuses something that a company (see subject) is brought in with: a token, a scope, its name. Nothing is taken back. GET /api/platform/tenants/{id}/onboarding says what; mend it or have the company mend it, and it goes on.",
        [AlertCodes.OrchestrationLate] = "Work that runs over hours or days (see subject: its kind) could not be begun or told of a change, five times; it is tried on. Ask FleetChat's support to look at the orchestrations' storage.",
        [AlertCodes.PaymentBlocked] = "Stripe refuses FleetChat's account or its key as a whole, or has not answered for six hours, with its code or unreachable in subject: nothing is charged, and who is to be charged is not reminded. Look at the key and at the account in Stripe's dashboard, at its status page, and at the way out to api.stripe.com; what is due is charged within the hour after that, and it closes by itself.",
        [AlertCodes.PaymentFailed] = "The company's card or account could not be charged for an invoice (see subject). GET /api/invoices/{id}/payments says why; the company has an e-mail with a link to enter another one. It closes once the invoice is paid.",
        [AlertCodes.PaymentOverpaid] = "More was paid for an invoice (see subject) than is owed of it, as after a credit note or when it was paid twice, and nothing goes back by itself. FleetChat's operators send it back to the card, or by bank; it closes by itself once that is in the books.",
        [AlertCodes.PaymentTakenBack] = "Money that was paid for an invoice (see subject) went back, by a dispute at the payer's bank, in Stripe's dashboard, or as a transfer that was entered and never came, and is owed again. Nothing is charged a second time by itself: answer the dispute in Stripe's dashboard, credit the invoice, or ask for a bank transfer. It closes by itself once nothing is owed.",
        [AlertCodes.PaymentUnknown] = "Stripe told of something (see subject) that belongs to no invoice of this installation. Look in Stripe's dashboard whether somebody charges by hand, or another installation uses the same account. It closes by itself once an hour has gone by without.",
        [AlertCodes.ReminderParked] = "Something that was to be looked at (see subject) could not be, five times, and was put aside. Ask FleetChat's support to run it again.",
        [AlertCodes.SamsaraAlert] = "Samsara raised an alert (see subject: its configuration, or its kind). Open it in Samsara's dashboard.",
        [AlertCodes.SamsaraRateLimited] = "Samsara asks again and again for fewer requests, so routes and drivers are seen late. Check what else uses the same access token; it closes by itself.",
        [AlertCodes.SamsaraRefused] = "Samsara refuses the company's access token, so no route, driver or assignment is seen. Enter a token that works, with the scopes Read Routes, Read Drivers, Read Vehicles and Read Assignments; it closes by itself.",
        [AlertCodes.SamsaraUnreachable] = "Samsara has not answered for several looks, so routes and drivers are seen late. Look at Samsara's status page and at the company's base address; it closes by itself.",
        [AlertCodes.StopEarlyOrLate] = "A stop (see subject) was reached far from its time. Tell who waits there if it matters, and check the stops that follow.",
        [AlertCodes.StopEtaSlipped] = "A stop (see subject) will be reached later than was said. Tell who waits there, or plan the stops that follow anew.",
        [AlertCodes.TemplatePaused] = "Meta paused, disabled or deleted a template (see subject: its name and language), so messages wait or go out in another language. A pause ends by itself, or with POST /api/templates/submission; for the rest appeal in WhatsApp Manager.",
        [AlertCodes.TemplateRecategorised] = "Meta counts a template (see subject: its name and language) as marketing, so it is not used: drivers in the United States would not get it. Appeal in WhatsApp Manager; it is used again once Meta counts it as utility.",
        [AlertCodes.TemplateRejected] = "Meta rejected a template (see subject: its name and language), so messages wait or go out in another language. GET /api/templates names the reason. Appeal in WhatsApp Manager, or have it reviewed again with POST /api/templates/submission.",
        [AlertCodes.TemplateStopped] = "WhatsApp does not take a template (see subject: its name and language) any more: it is paused, disabled or missing. What uses it waits as long as it is true; see the template's state in WhatsApp Manager. All other messages go out.",
        [AlertCodes.TemplateUnread] = "Meta lets nobody read or submit your WhatsApp account's templates. Check the account's access token with Meta: it needs whatsapp_business_management. It closes by itself.",
        [AlertCodes.TransportCrewNobody] = "A transport (see subject) is given to a vehicle that nobody drives, so nobody is told of it. Assign a driver to the vehicle or to the route in Samsara; it closes by itself.",
        [AlertCodes.TransportCrewTooMany] = "A transport (see subject) is given to a vehicle to which more than two people are assigned, so nobody is told of it. Take off those who are not on board, in Samsara; it closes by itself.",
        [AlertCodes.TransportCrewUnknown] = "A transport (see subject) is given to a vehicle, and for ten minutes Samsara has not said who drives it, so nobody is told of it. Reach the driver another way; check that the access token may read assignments. It closes by itself.",
        [AlertCodes.TransportNoDriver] = "A transport (see subject) has no driver who is enrolled, so nobody was told of its stop. Assign a driver in Samsara, or enrol the one who is.",
        [AlertCodes.UsageLimitReached] = "The company has reached a limit (see subject). Over max_drivers nobody new is enrolled; over max_monthly_messages only consent, opt-out and urgent messages go out until the month ends; media are kept. Ask FleetChat for a higher limit; GET /api/usage shows how it stands. It closes by itself.",
        [AlertCodes.UsageNearLimit] = "The company has used 80 percent of what it may (see subject: the limit). GET /api/usage shows how it stands; ask FleetChat for a higher limit before it is reached. It closes by itself.",
        [AlertCodes.VehicleDefects] = "An inspection found defects on a vehicle (see subject, Samsara's id). Look at the inspection in Samsara before the vehicle moves on.",
        [AlertCodes.VehicleNoDriver] = "A vehicle (see subject, Samsara's id) came to a place, and its driver was not told: nobody or more than two are assigned to it, nobody who is enrolled is, or Samsara could not say who is. Assign its driver in Samsara, or enrol the one who is; call whoever has to know.",
        [AlertCodes.VehicleSiteLeft] = "A vehicle left a place that is no stop of its trip (see subject: Samsara's ids of the vehicle and the address). Look where it is heading; the alert closes when it comes back.",
        [AlertCodes.WebhookFailing] = "Your webhook endpoint (see subject) took nothing for five days and was switched off. Mend the receiver, switch the endpoint on, and ask for redelivery since the day it failed.",
        [AlertCodes.WebhookGone] = "Your webhook endpoint (see subject) answered 410 Gone and was switched off. Delete it if nobody listens there any more; else mend the receiver and switch it on.",
        [AlertCodes.WhatsAppBlocked] = "WhatsApp refuses your number's messages with the error code in subject; they wait, and one an hour tries whether it works again. Check payment, the number and its access token with Meta; once another token is entered they go at once.",
        [AlertCodes.WhatsAppDailyLimit] = "As many drivers as WhatsApp allows in 24 hours were written to first, or as your part of it allows, so the next ones wait. Whoever has written within a day is not affected: ask drivers to answer. WhatsApp raises the limit when much of it is used. It closes by itself.",
        [AlertCodes.WhatsAppLimited] = "WhatsApp asks for fewer messages (error code in subject): what goes out now comes later. If it goes on, see the number's throughput and messaging limit in WhatsApp Manager.",
        [AlertCodes.WhatsAppQuiet] = "WhatsApp limits your number (error code in subject), because people blocked it or called its messages spam. It is quiet for four hours; switch off rules that nobody needs.",
    };

    public static IReadOnlyCollection<string> Codes => Sentences.Keys;

    /// <param name="subject">Where it is an error code of WhatsApp's, the sentence says what that means.</param>
    public static string WhatToDo(string code, string subject)
        => code is AlertCodes.MessageFailed or AlertCodes.WhatsAppBlocked or AlertCodes.WhatsAppLimited or AlertCodes.WhatsAppQuiet && int.TryParse(subject, NumberStyles.None, CultureInfo.InvariantCulture, out var error)
            ? $"{MetaErrors.TextOf(error)} {WhatToDo(code)}"
            : WhatToDo(code);

    public static string WhatToDo(string code) => Sentences.GetValueOrDefault(code, ForUnknownCodes);
}
