using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Drivers;

/// <summary>A driver as the API shows him.</summary>
/// <param name="WhatsappNumber">E.164; null while the roster shows no usable phone.</param>
/// <param name="PhoneFlag">One of <see cref="PhoneFlags"/> where the roster's phone is in doubt; such a driver is never written to by evidence that came with it.</param>
/// <param name="Language">One of <see cref="Languages"/>; null for the tenant's.</param>
/// <param name="ConversationId">Drivers who share a phone share the conversation.</param>
/// <param name="Status">over_limit: of the roster, and waits until the company has room for another driver.</param>
public sealed record DriverView(
    Guid Id,
    string SamsaraDriverId,
    string Name,
    string? WhatsappNumber,
    string? PhoneFlag,
    Guid? ConversationId,
    [OneOf(typeof(ConsentState))] string ConsentStatus,
    string? Language,
    [OneOf(typeof(ListDrivers), nameof(ListDrivers.Statuses))] string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>His name or number can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    internal static DriverView Read(NpgsqlDataReader row, RowOpener opener)
    {
        var (id, before) = (row.GetGuid(0), opener.LeftOut);
        return new(
            id, row.GetString(1), opener.Text(EncryptedColumns.DriverName, id, row.Bytes(2)) ?? "",
            row.BytesOrNull(3) is { } number ? opener.Text(EncryptedColumns.DriverNumber, id, number) : null,
            row.TextOrNull(10), row.GuidOrNull(4), row.GetString(5), row.TextOrNull(6), row.GetString(7), row.Time(8), row.Time(9))
        {
            Unreadable = opener.LeftOut > before,
        };
    }
}
