using System.Text;
using System.Text.Json;
using FleetChat.Core.Data;
using FleetChat.LocalHost.Commands;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>The audit trails of a running host, as its administrator checks them and gives them out.</summary>
public sealed class AuditCommandTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private HostWithCompany _host = null!;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("auditcommand");
        _host = await HostWithCompany.StartAsync(_database);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Running_host_anchors_what_it_wrote_and_the_check_finds_what_an_administrator_changes()
    {
        await Until.TrueAsync(async () => (await VerifyAsync("--tenant", _host.Company.Tenant)).Said is var told && told.Contains("anchored up to", StringComparison.Ordinal) && !told.Contains("not yet anchored", StringComparison.Ordinal), "the host to anchor");
        var (isFine, said) = await VerifyAsync();
        Assert.True(isFine, said);
        Assert.Contains("are as they were written", said, StringComparison.Ordinal);

        await _database.ExecuteAsAdminAsync("update fleet.audit_entries set actor = 'nobody' where tenant_id = $1 and seq = 1", P.Text(_host.Company.Tenant));
        var (isStillFine, found) = await VerifyAsync("--tenant", _host.Company.Tenant);
        Assert.False(isStillFine);
        Assert.Contains("changed: entry 1 is not what was written", found, StringComparison.Ordinal);
        Assert.Contains("\"changed\"", (await VerifyAsync("--json")).Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_is_a_line_of_JSON_for_each_entry()
    {
        using var output = new MemoryStream();
        await AuditCommand.ExportAsync(CommandOptions.ReadAudit("audit export", ["--tenant", _host.Company.Tenant]), _host.Found, output, default);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(await _database.ScalarAsAdminAsync<long>("select count(*) from fleet.audit_entries where tenant_id = $1", P.Text(_host.Company.Tenant)), lines.Length);
        Assert.Equal(("tenant.set_up", 1), (JsonDocument.Parse(lines[0]).RootElement.GetProperty("action").GetString(), JsonDocument.Parse(lines[0]).RootElement.GetProperty("seq").GetInt32()));
        await Assert.ThrowsAsync<FormatException>(() => AuditCommand.ExportAsync(CommandOptions.ReadAudit("audit export", []), _host.Found, output, default));
    }

    private async Task<(bool IsFine, string Said)> VerifyAsync(params string[] options)
    {
        var isFine = false;
        var said = await CommandConsole.RunAsync(async console => isFine = await AuditCommand.VerifyAsync(CommandOptions.ReadAudit("audit verify", options), _host.Found, console, default));
        return (isFine, said);
    }
}
