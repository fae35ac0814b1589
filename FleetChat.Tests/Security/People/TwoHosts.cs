using FleetChat.LocalHost.Hosting;
using FleetChat.Tests.LocalHost;

namespace FleetChat.Tests.Security.People;

/// <summary>Two LocalHost processes on the fixture's database: what one keeps in memory, nothing that happens in the other can take from it.</summary>
public sealed class TwoHosts : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-two-");
    private readonly List<LocalHostProcess> _processes = [];

    public PeopleFixture People { get; } = new();

    /// <summary>Where things are changed.</summary>
    public Uri One { get; private set; } = null!;

    /// <summary>Where it is looked whether they hold.</summary>
    public Uri Other { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await People.InitializeAsync();
        (One, Other) = (Start(), Start());
        foreach (var process in _processes)
        {
            await process.SaysAsync("http://127.0.0.1");
            Assert.False(process.HasEnded, process.Said);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        await People.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private Uri Start()
    {
        var url = LocalHostSettings.FreeUrl();
        var settings = new Dictionary<string, string?>(People.Host.Settings) { ["LocalRuntime:Postgres"] = People.Host.Database.Logins.LocalRuntime, ["LocalRuntime:Url"] = url.ToString() };
        _processes.Add(LocalHostProcess.Start(_folder.FullName, settings, "serve"));
        return url;
    }
}
