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
            return exception.Failure == SamsaraFailure.RateLimited ? CallResult.TooMany(now + exception.RetryAfter) : CallResult.Retry($"samsara: {exception.Failure}");
        }
    }
}
