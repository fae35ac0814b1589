using System.Text.Json;
using FleetChat.Core;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Audit;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using Spectre.Console;

namespace FleetChat.LocalHost.Commands;

internal sealed record AuditCommandOptions : ViewOptions
{
    /// <summary>Null: all companies, and FleetChat's own.</summary>
    public string? Tenant { get; init; }
}

/// <summary>Looks whether the audit trails are what was written, and gives one out. It changes nothing.</summary>
internal static class AuditCommand
{
    private const string Platform = "platform";

    /// <returns>Whether nothing is wrong.</returns>
    /// <exception cref="StartRefusedException">There is no such company, or no such installation.</exception>
    public static async Task<bool> VerifyAsync(AuditCommandOptions options, IAnsiConsole console, CancellationToken ct)
        // Also of a stopped one: what was put back to an earlier moment is looked at before it is started.
        => await (await FoundInstallation.InAsync(options.Folder, ct)).WithDatabaseAsync(found => VerifyAsync(options, found, console, ct), ct);

    internal static async Task<bool> VerifyAsync(AuditCommandOptions options, FoundInstallation found, IAnsiConsole console, CancellationToken ct)
    {
        await using var views = found.Open();
        var companies = await Looking.AtAsync(() => FoundCompanies.InAsync(views, found.SecretsFolder, ct));
        var system = new SystemDb(views.System);
        var anchors = new FolderAnchorStore(LocalHostSettings.AnchorsBeside(found.SecretsFolder));
        var verify = new VerifyAudit(system, companies.Dbs, new(companies.Dbs, system), anchors, new(new FolderSecretStore(found.SecretsFolder), views.System, anchors));
        IReadOnlyList<VerifiedChain> chains = await Looking.AtAsync(async () => options.Tenant is null
            ? await verify.HandleAsync(ct)
            : [await verify.HandleAsync(companies.Named(options.Tenant)[0], ct)]);
        if (options.Json) Output.WriteJson(console, chains);
        else Show(chains, await verify.ListTornAsync(ct), console);
        return chains.All(chain => chain.Faults.Count == 0);
    }

    /// <exception cref="StartRefusedException">There is no such company, or the installation does not run.</exception>
    public static async Task ExportAsync(AuditCommandOptions options, Stream output, CancellationToken ct)
        => await ExportAsync(options, await FoundInstallation.InAsync(options.Folder, ct), output, ct);

    internal static async Task ExportAsync(AuditCommandOptions options, FoundInstallation found, Stream output, CancellationToken ct)
    {
        if (options.Tenant is null) throw new FormatException("'audit export' needs --tenant: a company's id, or 'platform'.");
        await using var views = found.Open();
        var companies = await Looking.AtAsync(() => FoundCompanies.InAsync(views, found.SecretsFolder, ct));
        TenantId? tenant = options.Tenant == Platform ? null : companies.Named(options.Tenant)[0];
        var read = new ReadAudit(companies.Dbs, new(views.System));
        await foreach (var entry in read.HandleAsync(tenant, ct))
        {
            await JsonSerializer.SerializeAsync(output, entry, PublicJson.Options, ct);
            output.WriteByte((byte)'\n');
        }
    }

    private static void Show(IReadOnlyList<VerifiedChain> chains, IReadOnlyList<AnchorLine> torn, IAnsiConsole console)
    {
        Output.Widen(console);
        foreach (var chain in chains)
        {
            var before = chain.Unchained > 0 ? $", {chain.Unchained} from before the chain" : "";
            var open = chain.NotAnchored > 0 ? $"; {chain.NotAnchored} not yet anchored" : "";
            console.WriteLine($"{chain.Chain}: {chain.Entries} entries{before}, anchored up to {chain.Anchored}{open}{(chain.Faults.Count == 0 ? "" : $": {chain.Faults.Count} faults")}");
            foreach (var lost in chain.Lost) console.WriteLine($"    lost: {lost.Says}");
            foreach (var fault in chain.Faults) console.WriteLine($"    {fault.Kind}: {fault.Says}");
        }
        foreach (var line in torn) console.WriteLine($"{line.File}, line {line.Number}: no anchor can be read there, as where a process died while it wrote. The other lines hold.");
        var faults = chains.Sum(chain => chain.Faults.Count);
        console.WriteLine(faults == 0 ? $"{chains.Count} audit trails are as they were written." : $"{faults} faults. Keep the database as it is, and a copy of the anchors: docs/audit.md says what each means.");
    }
}
