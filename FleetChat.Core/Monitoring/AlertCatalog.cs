namespace FleetChat.Core.Monitoring;

/// <summary>What an alert's code means to people: what happened and what to do. Codes are part of the API: they never change their meaning.</summary>
public static class AlertCatalog
{
    private const string ForUnknownCodes = "Something needs a look. Ask FleetChat's support and name this code and subject.";

    private static readonly Dictionary<string, string> Sentences = new()
    {
        ["credential.foreign_tenant"] = "One of your API keys (see subject) was used on another company's address and refused. Check who holds it; revoke it if you do not know why.",
        ["inbox.parked"] = "An event (see subject) could not be processed and was put aside after five attempts. GET /api/events shows its reason; ask FleetChat's support to run it again.",
        ["inbox.unparsable"] = "A webhook with a right signature could not be read and was kept. Ask FleetChat's support whether the sender has changed its format.",
        ["inbox.foreign_org"] = "A webhook with a right signature came from another Samsara organization and was kept without effect. Check which organization your webhook was created in.",
        ["inbox.foreign_webhook"] = "A webhook with a right signature came from another Samsara webhook than the one set up and was kept without effect. Check your webhooks in Samsara; remove those no longer used.",
        ["message.failed"] = "WhatsApp refused messages for good with the error code in subject. GET /api/messages shows which; reach their drivers another way and look the code up with Meta.",
        ["message.resent"] = "WhatsApp neither confirmed nor refused a message for ten minutes, so it was sent again. A driver may have got it twice; nothing to do unless it goes on.",
    };

    public static IReadOnlyCollection<string> Codes => Sentences.Keys;

    public static string WhatToDo(string code) => Sentences.GetValueOrDefault(code, ForUnknownCodes);
}
