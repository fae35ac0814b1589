using FleetChat.Benchmarks.Fleet;
using FleetChat.Core.Data;
using FleetChat.Core.Security;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Security.Users;
using FleetChat.Core.Tenants;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Demo;
using FleetChat.Tests.LocalHost;
using FleetChat.Tests.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Tests.Mail;

/// <summary>A host in a process of its own, which trusts the test's authority as a machine trusts those that it was set up with.</summary>
public sealed class SmtpTlsTests
{
    [LinuxFact]
    public async Task Host_sends_by_TLS_where_the_certificate_is_in_order_and_not_where_it_names_another()
    {
        var folder = Directory.CreateTempSubdirectory("fleetchat-smtp-");
        await using var database = await TestDatabase.CreateAsync("smtp_tls");
        using var authority = new TestAuthority();
        await using var revocations = await authority.PublishAsync();
        using var server = new SmtpServer();
        using var right = authority.Issue("localhost", TimeSpan.FromDays(1));
        using var wrong = authority.Issue("mail.example.com", TimeSpan.FromDays(1));
        server.Certificate = right;
        var settings = TestSettings.Of(database, folder.FullName, new("http://127.0.0.1:1"));
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(settings.SecretsFolder), default);
        await using var core = SetUpServices.Create(settings, TimeProvider.System);
        var tenant = TenantId.Parse("letters_001");
        Assert.Null((await SetUpTenant.Of(core).HandleAsync(
            new(tenant, "Letters", "US", "America/Chicago", "en", "USD", new(new("http://127.0.0.1:1"), "org", "webhook", "c2VjcmV0", null), new("+15558230001", "number", "waba", "token")), default)).Error);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "authority.pem"), authority.Pem);

        await using (var host = LocalHostProcess.Start(folder.FullName, Environment(settings, folder.FullName, server.Port), "serve"))
        {
            await host.SaysAsync(settings.Url.Authority);
            Assert.False(host.HasEnded, host.Said);
            await InviteAsync(core, tenant, "ann@example.com");
            await Until.TrueAsync(() => server.Taken.Count == 1, because: $"an e-mail by TLS; {host.Said}");
            Assert.Contains("To: ann@example.com", server.Taken[0], StringComparison.Ordinal);

            server.Certificate = wrong;
            await InviteAsync(core, tenant, "ben@example.com");
            await Until.TrueAsync(async () => await database.ScalarAsAdminAsync<bool>("select bool_or(attempts > 0 and status = 'waiting') from fleet.calls where kind = 'mail'"), because: "an e-mail that did not go out");
        }

        Assert.Equal(2, server.TlsBegun);
        Assert.Single(server.Taken);
        folder.Delete(recursive: true);
    }

    private static async Task InviteAsync(IServiceProvider core, TenantId tenant, string email)
        => Assert.True((await core.GetRequiredService<InviteUser>().HandleAsync(new(tenant, email, Roles.Viewer, new(tenant, Roles.TenantAdmin, "test")), default)).IsOk);

    private static Dictionary<string, string?> Environment(LocalHostSettings settings, string folder, int port) => new(settings.ToConfiguration())
    {
        ["FleetChat:Mail:Folder"] = "",
        ["FleetChat:Mail:Host"] = "localhost",
        ["FleetChat:Mail:Port"] = $"{port}",
        ["FleetChat:Mail:AlwaysTls"] = "true",
        ["LocalRuntime:Postgres"] = settings.Database.LocalRuntime,
        ["LocalRuntime:Url"] = settings.Url.ToString(),
        ["SSL_CERT_FILE"] = Path.Combine(folder, "authority.pem"),
        // It keeps what it was told of revoked certificates there.
        ["HOME"] = folder,
    };
}
