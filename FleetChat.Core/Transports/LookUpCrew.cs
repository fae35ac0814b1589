using FleetChat.Core.Calls;
using FleetChat.Core.Data;
using FleetChat.Core.Samsara;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;

namespace FleetChat.Core.Transports;

/// <summary>Asks Samsara who drives one vehicle, for somebody who is about to write to its driver.</summary>
public sealed class LookUpCrew(ISamsaraClient samsara, TenantDbs dbs, DataKeys keys, TimeProvider time) : ICallHandler
{
    internal const string Kind = "assignments";

    /// <summary>Whoever still wants to know asks anew; an answer that comes after half an hour helps nobody.</summary>
    private const int MostAttempts = 4;

    public bool Handles(string kind) => kind == Kind;

    public async Task<CallResult> HandleAsync(Call call, TenantSettings tenant, CancellationToken ct)
    {
        if (tenant.Samsara is not { } access) return CallResult.Done("no token");
        var now = time.GetUtcNow();
        try
        {
            var look = await CrewLook.LookAsync(samsara, access, tenant, dbs.For(tenant.Tenant), await keys.GetAsync(tenant.Tenant, ct), [call.Content.Text("vehicle")!], now, ct);
            return CallResult.Done("seen", look.WriteAsync);
        }
        catch (SamsaraException exception)
        {
            if (exception.Failure == SamsaraFailure.RateLimited) return CallResult.TooMany(now + exception.RetryAfter);
            return call.Attempts < MostAttempts ? CallResult.Retry($"samsara: {exception.Failure}") : CallResult.Done($"not seen: {exception.Failure}");
        }
    }
}
