namespace FleetChat.Core.Monitoring;

/// <summary>What is promised (docs/slo.md): how long something may take, and how it is judged.</summary>
public static class Promises
{
    public const string Good = "good";
    public const string Late = "late";
    public const string Failed = "failed";

    /// <summary>From a webhook's arrival to its answer. Samsara and Meta wait longer, and send again what was not answered.</summary>
    public static readonly TimeSpan WebhookAnswer = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan ApiAnswer = TimeSpan.FromSeconds(2);

    /// <summary>From the receipt of an event to the commit of all that follows from it.</summary>
    public static readonly TimeSpan EventProcessed = TimeSpan.FromSeconds(10);

    /// <summary>How long work that is due, and that nobody holds, may wait for a worker.</summary>
    public static readonly TimeSpan WorkBegun = TimeSpan.FromSeconds(30);

    /// <summary>From the end of a month's grace to its invoice.</summary>
    public static readonly TimeSpan InvoiceFinal = TimeSpan.FromHours(4);

    public static string Judge(TimeSpan took, TimeSpan promised) => took <= promised ? Good : Late;
}
