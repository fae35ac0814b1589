using System.Text.Json;
using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using FleetChat.Core.WhatsApp;

namespace FleetChat.Core.Messaging.Rates;

/// <summary>Asks Meta once a day what a number and its portfolio may do: it raises both by itself, and its webhook may be lost.</summary>
public sealed class ReadLimits(IWhatsAppClient whatsApp, Portfolios portfolios, TimeProvider time) : ICallHandler
{
    private const string Kind = "poll:whatsapp_limits";
    private const string Number = "number";
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);
    private static readonly TimeSpan Retry = TimeSpan.FromHours(1);

    public bool Handles(string kind) => kind == Kind;

    /// <summary>From a number's first message on.</summary>
    /// <returns>Lanes of calls that got work.</returns>
    internal static async Task<IEnumerable<Nudge>> BeginAsync(TenantTransaction db, DataKey key, string phoneNumberId, TimeProvider time, CancellationToken ct)
    {
        var content = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [Number] = phoneNumberId });
        await CallSql.KeepAsync(db, key, time, new(CallLanes.WhatsApp, Kind, $"whatsapp_limits:{phoneNumberId}", content), ct);
        return await db.ListAsync(LaneSql.RaiseFlags, row => new Nudge(db.Tenant, row.GetInt16(0)), ct, P.Text(Lanes.CallStage), P.Smalls([CallLanes.WhatsApp]));
    }

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        if (tenant is not { PhoneNumberId: { } number, WhatsAppAccessToken: { } token } || number != call.Content.GetProperty(Number).GetString()) return CallResult.Done("another number");
        var now = time.GetUtcNow();
        try
        {
            var limits = await whatsApp.GetLimitsAsync(new(number, token), ct);
            return CallResult.Repeat("read", now + Interval, async (processing, ended) =>
            {
                if (limits.MessagesPerSecond is { } rate) await NumberRate.SetAsync(processing.Db, number, rate, ended);
                if (limits.KnowsDailyLimit) await portfolios.SetLimitAsync(processing.Db, time, limits.DailyLimit, now, ended);
            });
        }
        catch (WhatsAppException exception)
        {
            return CallResult.Repeat($"{exception.Failure}: {exception.Code}", now + Retry);
        }
    }
}
