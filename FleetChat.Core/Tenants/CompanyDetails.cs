using System.Text.Json;
using FleetChat.Core.Security;

namespace FleetChat.Core.Tenants;

/// <summary>Whom FleetChat speaks with at a company.</summary>
public sealed record PrimaryContact(string? Name = null, string? Email = null, string? Phone = null);

/// <summary>When a company's dispatch is at work, in its own time zone.</summary>
/// <param name="Days">Of <see cref="AllDays"/>.</param>
/// <param name="From">Such as <c>07:00</c>.</param>
/// <param name="Until">Such as <c>18:30</c>; before <paramref name="From"/>: of the next day.</param>
public sealed record WorkingHours([OneOf(typeof(WorkingHours), nameof(WorkingHours.AllDays))] IReadOnlyList<string>? Days = null, string? From = null, string? Until = null)
{
    public static readonly IReadOnlyList<string> AllDays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    internal static WorkingHours? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<WorkingHours>(json, PublicJson.Options);

    internal string Write() => JsonSerializer.Serialize(this, PublicJson.Options);
}

/// <summary>What is known of a company's people and place: encrypted, each in its column.</summary>
internal static class CompanyDetails
{
    /// <returns>Null: nothing was said; no bytes: it was taken back.</returns>
    public static byte[]? Seal(DataKey key, TenantId tenant, Column column, string? text)
        => text is null ? null : text.Length == 0 ? [] : key.Encrypt(column, tenant.Value, System.Text.Encoding.UTF8.GetBytes(text));

    public static byte[]? Seal(DataKey key, TenantId tenant, PrimaryContact? contact)
        => contact is null ? null : key.Encrypt(EncryptedColumns.PrimaryContact, tenant.Value, JsonSerializer.SerializeToUtf8Bytes(contact, PublicJson.Options));

    public static string? Open(DataKey key, TenantId tenant, Column column, byte[]? value)
        => value is null ? null : System.Text.Encoding.UTF8.GetString(key.Decrypt(column, tenant.Value, value));

    public static PrimaryContact? OpenContact(DataKey key, TenantId tenant, byte[]? value)
        => value is null ? null : JsonSerializer.Deserialize<PrimaryContact>(key.Decrypt(EncryptedColumns.PrimaryContact, tenant.Value, value), PublicJson.Options);
}
