namespace FleetChat.LocalHost.Doctor;

/// <summary>All checks, in the order in which they are told: what others rest on comes first.</summary>
internal static class Examination
{
    public static IReadOnlyList<Check> Checks { get; } =
    [
        .. MachineChecks.All, .. DiskChecks.All, .. FileChecks.All, .. KeyChecks.All, .. SettingChecks.All, .. HostJsonChecks.All,
        .. ServerChecks.All, .. LoadChecks.All, .. DatabaseChecks.All, .. RoleChecks.All, .. ClockChecks.All, .. PortChecks.All, .. WebChecks.All,
        .. HostChecks.All, .. QueueChecks.All, .. OrchestrationChecks.All, .. SendingChecks.All, .. WorkChecks.All,
    ];

    public static async Task<IReadOnlyList<CheckResult>> LookAsync(Examined examined, CancellationToken ct)
    {
        var results = new List<CheckResult>();
        foreach (var check in Checks) results.Add(new(check.Name, await LookAsync(check, examined, ct)));
        return results;
    }

    public static Task<Finding> LookAsync(string name, Examined examined, CancellationToken ct)
        => LookAsync(Checks.Single(check => check.Name == name), examined, ct);

    // One look that fails must not keep the others from being told.
    private static async Task<Finding> LookAsync(Check check, Examined examined, CancellationToken ct)
    {
        if (!examined.Reach.Has(check.Need)) return Finding.Skipped(Lacks(check.Need, examined.Reach));
        try
        {
            return await check.LookAsync(examined, ct);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            return Finding.Problem($"could not be looked at: {failure.Message}", "What it would tell stays unknown.", "Mend what the message says; ask FleetChat's support if it says nothing to you.");
        }
    }

    private static string Lacks(Need need, Reach reach) => reach switch
    {
        { Server: false } => "no Postgres server answers",
        { Database: false } => "the database can't be opened",
        _ when need == Need.Fleet => "the database has no tables of FleetChat's",
        _ => "no host has run on this database yet",
    };
}
