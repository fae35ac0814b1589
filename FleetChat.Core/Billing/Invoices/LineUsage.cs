using System.Globalization;
using FleetChat.Core.Messaging;

namespace FleetChat.Core.Billing.Invoices;

/// <summary>One thing behind a line of an invoice, by its id: no names and no phones.</summary>
/// <param name="Id">The driver's, the message's, the adjustment's, or that of the invoice which is credited.</param>
/// <param name="DriverId">A message's; null: it was tied to nobody.</param>
/// <param name="Direction">A message's.</param>
/// <param name="At">When it was used: the message, or a driver's first one in its month. Of an adjustment when it was entered.</param>
/// <param name="Late">Used in an earlier month, and not known before that was closed.</param>
/// <param name="Charged">A message's: it is over what is included, and not of a trial. The line's quantity is the number of these.</param>
/// <param name="Text">An adjustment's.</param>
/// <param name="CreatedBy">Who entered an adjustment.</param>
public sealed record LineUsage(
    [OneOf(typeof(LineUsageKind))] string Kind, Guid Id, Guid? DriverId, [OneOf(typeof(ListMessages), nameof(ListMessages.Directions))] string? Direction, DateTimeOffset? At,
    bool Late, bool? Charged, string? Text, string? CreatedBy)
{
    internal static readonly IReadOnlyList<string> Headers = ["kind", "id", "driver_id", "direction", "at", "late", "charged", "text", "created_by"];

    internal IReadOnlyList<string?> Cells =>
    [
        Kind, Id.ToString(), DriverId?.ToString(), Direction, At?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture), Word(Late),
        Charged is { } charged ? Word(charged) : null, Text, CreatedBy,
    ];

    private static string Word(bool value) => value ? "yes" : "no";
}

public static class LineUsageKind
{
    public const string Driver = "driver";
    public const string Message = "message";
    public const string Adjustment = "adjustment";
    public const string Invoice = "invoice";
}
