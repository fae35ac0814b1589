using FleetChat.Core.Data;
using FleetChat.Core.Security;
using Npgsql;

namespace FleetChat.Core.Webhooks;

/// <summary>An endpoint as the API shows it, without its secrets.</summary>
/// <param name="DisabledReason"><c>by_company</c>, <c>gone</c> or <c>failing</c>; null while it is on.</param>
/// <param name="FailingSince">The first failure since the last success; null if the last attempt succeeded.</param>
/// <param name="PausedUntil">The receiver could not keep up: until then it gets nothing.</param>
public sealed record WebhookEndpointView(
    Guid Id,
    string Url,
    [OneOf(typeof(WebhookEndpointView), nameof(WebhookEndpointView.EventTypes))] IReadOnlyList<string> Types,
    bool Enabled,
    string? DisabledReason,
    DateTimeOffset? DisabledAt,
    DateTimeOffset? FailingSince,
    DateTimeOffset? PausedUntil,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt)
{
    /// <summary>What an endpoint can ask for.</summary>
    public static IReadOnlyList<string> EventTypes => WebhookEventTypes.Names;

    /// <summary>Its address can't be opened, as when its key is lost: it is missing. The rest is as it was.</summary>
    public bool Unreadable { get; init; }

    /// <summary>As <see cref="Read"/> wants them.</summary>
    internal const string Columns = "id, url, types, disabled_reason, disabled_at, failing_since, paused_until, created_at, updated_at";

    /// <summary>Columns in the order of id, url, types, disabled_reason, disabled_at, failing_since, paused_until, created_at, updated_at.</summary>
    internal static WebhookEndpointView Read(NpgsqlDataReader row, RowOpener opener)
    {
        var id = row.GetGuid(0);
        var url = opener.Text(EncryptedColumns.WebhookUrl, id, row.Bytes(1));
        return new(
            id, url ?? "", row.GetFieldValue<string[]>(2), row.IsDBNull(4), row.TextOrNull(3), row.TimeOrNull(4),
            row.TimeOrNull(5), row.TimeOrNull(6), row.Time(7), row.Time(8))
        {
            Unreadable = url is null,
        };
    }
}

/// <summary>A new secret, and the endpoint that it is for.</summary>
/// <param name="Secret">It cannot be shown again.</param>
public sealed record WebhookEndpointWithSecret(WebhookEndpointView Endpoint, string Secret)
{
    // A record's own text would print the secret.
    public override string ToString() => Endpoint.Id.ToString();
}

/// <summary>A delivery as the API shows it.</summary>
/// <param name="WebhookId">As the receiver knows it.</param>
/// <param name="Attempts">Since it was last asked for.</param>
/// <param name="LastCode">HTTP status of the last answer; null if there was none.</param>
/// <param name="Outcome">What came of the last attempt, as a code; null before the first.</param>
/// <param name="NextAttemptAt">Null when it is over.</param>
public sealed record WebhookDeliveryView(
    Guid Id, string WebhookId, string Type, Guid SubjectId, string Status, int Attempts, int? LastCode, string? Outcome,
    DateTimeOffset OccurredAt, DateTimeOffset? AttemptedAt, DateTimeOffset? NextAttemptAt, DateTimeOffset? FinishedAt, DateTimeOffset CreatedAt)
{
    public static readonly IReadOnlyList<string> Statuses = ["waiting", "sending", "delivered", "failed"];

    internal static WebhookDeliveryView Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), WebhookIds.Of(row.GetGuid(0)), row.GetString(1), row.GetGuid(2), row.GetString(3), row.GetInt32(4), row.IntOrNull(5), row.TextOrNull(6),
        row.Time(7), row.TimeOrNull(8), row.GetString(3) == "waiting" ? row.Time(9) : null, row.TimeOrNull(10), row.Time(11));
}
