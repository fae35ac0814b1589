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

    private static readonly Company s_company = new("locked_out_001", "Locked Out", "en", 4711, "4712", "4713", "4714", "15125550199", []);

    private string MasterKey => Path.Combine(_folder, "secrets", "fleetchat-master-key");

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
    public async Task New_installation_gets_its_master_key()
    {
        await using var app = await LocalHostApp.StartAsync(Settings, CancellationToken.None);

        Assert.Equal(32, (await File.ReadAllBytesAsync(MasterKey)).Length);
    }

    [Fact]
    public async Task Lost_master_key_stops_the_host_and_no_other_one_is_made_or_taken()
    {
        await using var database = await TestDatabase.CreateAsync("lostkey");
        var settings = TestSettings.Of(database, _folder, new("http://127.0.0.1"));
        await MakeMasterKeyAsync();
        await using (var core = SetUpServices.Create(settings, TimeProvider.System)) await SeededCompany.EnterAsync(core, s_company, new("http://127.0.0.1:9"));
        var kept = Path.Combine(_folder, "kept");
        File.Move(MasterKey, kept);

        var refusal = await RefusalAsync(settings);
        Assert.Contains("is gone", refusal, StringComparison.Ordinal);
        Assert.Contains(MasterKey, refusal, StringComparison.Ordinal);
        Assert.Contains("up --data", refusal, StringComparison.Ordinal);
        Assert.False(File.Exists(MasterKey));

        await MakeMasterKeyAsync();
        Assert.Contains("is another one", await RefusalAsync(settings), StringComparison.Ordinal);

        File.Move(kept, MasterKey, overwrite: true);
        await using var app = await LocalHostApp.StartAsync(settings, CancellationToken.None);
    }

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
