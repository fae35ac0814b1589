namespace FleetChat.Core.WhatsApp;

/// <summary>What FleetChat does by itself about an error of WhatsApp's.</summary>
public enum MetaErrorClass
{
    Retry,
    RetryInMinutes,
    RetryInAnHour,
    BackOffNumber,
    BackOffAccount,
    BackOffDriver,
    UseTemplate,
    GiveUp,
    Suppress,
    StopNumber,
    StopTenant,
    StopTemplate,
    Fix,
    SetUp,
}

/// <summary>What follows from an error's class. The same for a call that is refused and for a <c>failed</c> status that comes later.</summary>
public static class MetaErrorClasses
{
    /// <summary>Of its text in the documentation.</summary>
    private static readonly Dictionary<MetaErrorClass, string> Actions = new()
    {
        [MetaErrorClass.Retry] = "The message is tried again, after growing times and never sooner than WhatsApp asks, for as long as it is true.",
        [MetaErrorClass.RetryInMinutes] = "As `retry`, at first after five minutes.",
        [MetaErrorClass.RetryInAnHour] = "As `retry`, at first after an hour.",
        [MetaErrorClass.BackOffNumber] = "As `retry`; nothing else is sent from this number until then.",
        [MetaErrorClass.BackOffAccount] = "As `retry`; nothing else is sent from this WhatsApp account until then.",
        [MetaErrorClass.BackOffDriver] = "As `retry`; nothing else goes to this driver until then.",
        [MetaErrorClass.UseTemplate] = "The 24-hour window counts as closed. A dispatcher's words go out once more as a template; of anything else a dispatcher is told.",
        [MetaErrorClass.GiveUp] = "The message has failed, and an alert names the code. It is not sent again.",
        [MetaErrorClass.Suppress] = "The message has failed, and an alert names the code. It is not sent again; messages about transports still go out.",
        [MetaErrorClass.StopNumber] = "Nothing is sent from this number for four hours, then one message tries whether it works again. What waits goes out then, for as long as it is true. An alert.",
        [MetaErrorClass.StopTenant] = "Nothing is sent for this company until its access token changes, or for an hour; then one message tries whether it works again. What waits goes out then, for as long as it is true. An alert.",
        [MetaErrorClass.StopTemplate] = "Only messages of this template and language wait, for as long as they are true; one tries each hour whether it works again. An alert names the template.",
        [MetaErrorClass.Fix] = "The message has failed, and an alert names the code. Ours or the company's to mend: the same call would never pass.",
        [MetaErrorClass.SetUp] = "As `fix`. It belongs to setting up a number, and no message of a working number meets it.",
    };

    public static string ActionOf(MetaErrorClass errorClass) => Actions[errorClass];

    /// <returns>As the documentation names it.</returns>
    public static string NameOf(MetaErrorClass errorClass) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(errorClass.ToString());

    public static WhatsAppFailure FailureOf(MetaErrorClass errorClass) => errorClass switch
    {
        MetaErrorClass.Retry or MetaErrorClass.RetryInMinutes or MetaErrorClass.RetryInAnHour
            or MetaErrorClass.BackOffNumber or MetaErrorClass.BackOffAccount or MetaErrorClass.BackOffDriver => WhatsAppFailure.Transient,
        MetaErrorClass.StopNumber or MetaErrorClass.StopTenant => WhatsAppFailure.Blocked,
        _ => WhatsAppFailure.Permanent,
    };

    /// <summary>The first delay of what is tried again; it grows from there.</summary>
    public static TimeSpan FirstDelayOf(MetaErrorClass errorClass) => errorClass switch
    {
        MetaErrorClass.RetryInMinutes => TimeSpan.FromMinutes(5),
        MetaErrorClass.RetryInAnHour => TimeSpan.FromHours(1),
        _ => TimeSpan.FromSeconds(10),
    };
}
