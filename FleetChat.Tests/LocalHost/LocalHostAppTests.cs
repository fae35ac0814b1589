using System.Net;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.Demo;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost;

/// <summary>A host that lacks something says what, in one sentence, instead of starting.</summary>
public sealed class LocalHostAppTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fleetchat-host-").FullName;

    private LocalHostSettings Settings => TestSettings.Of(fixture.Database, _folder, new("http://127.0.0.1"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Host_with_all_it_needs_is_ready()
    {
        await MakeMasterKeyAsync();
        await using var app = await LocalHostApp.StartAsync(Settings, CancellationToken.None);

        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(app.Address, "health/ready"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Two_hosts_share_a_database()
    {
        await MakeMasterKeyAsync();
        await using var first = await LocalHostApp.StartAsync(Settings, CancellationToken.None);
        await using var second = await LocalHostApp.StartAsync(Settings, CancellationToken.None);

        using var http = new HttpClient();
        Assert.Equal("""{"status":"live"}""", await http.GetStringAsync(new Uri(first.Address, "health/live")));
        Assert.Equal("""{"status":"live"}""", await http.GetStringAsync(new Uri(second.Address, "health/live")));
    }

    [Fact]
    public async Task Missing_secret_stops_the_host()
    {
        await MakeMasterKeyAsync();
        Assert.Contains("VerifyToken", await RefusalAsync(Settings with { VerifyToken = "" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_master_key_stops_the_host()
        => Assert.Contains("master key", await RefusalAsync(Settings), StringComparison.Ordinal);

    [Fact]
    public async Task Superusers_login_stops_the_host()
    {
        await MakeMasterKeyAsync();
        Assert.Contains("superuser", await RefusalAsync(Settings with { Database = Settings.Database with { App = fixture.Database.Admin } }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_stops_the_host()
    {
        await MakeMasterKeyAsync();
        var settings = Settings;
        await using var first = await LocalHostApp.StartAsync(settings, CancellationToken.None);

        Assert.Contains("--port", await RefusalAsync(settings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_file_is_its_owners_alone_and_reads_back()
    {
        var (file, settings) = (Path.Combine(_folder, "serve.json"), Settings);

        await settings.WriteAsync(file, CancellationToken.None);

        Assert.Equal(settings, await LocalHostSettings.ReadAsync(file, CancellationToken.None));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(settings.AppSecret, settings.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> RefusalAsync(LocalHostSettings settings)
        => (await Assert.ThrowsAsync<StartRefusedException>(() => LocalHostApp.StartAsync(settings, CancellationToken.None))).Message;

    private Task MakeMasterKeyAsync() => DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(Path.Combine(_folder, "secrets")), CancellationToken.None);
}
