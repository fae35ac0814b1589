using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Mail;

/// <summary>Sends an e-mail that was written down with its cause. It may go out twice, with one id.</summary>
public sealed class SendLetter(IMailer mailer) : ICallHandler
{
    private const string Kind = "mail";

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        var (to, subject, text) = call.Content.Deserialize<Content>()!;
        return await mailer.SendAsCallAsync(new(call.Id, to, subject, text), ct);
    }

    /// <summary>In the transaction of its cause. The sweep has it sent.</summary>
    /// <param name="effectKey">One cause writes one e-mail. Made of ids.</param>
    internal static Task WriteAsync(TenantDb db, DataKey key, TimeProvider time, string effectKey, string to, string subject, string text, CancellationToken ct)
        => CallSql.TryInsertAsync(db, key, time, new(CallLanes.Mail, Kind, $"mail:{effectKey}", JsonSerializer.SerializeToElement(new Content(to, subject, text))), ct);

    private sealed record Content(string To, string Subject, string Text);
}
