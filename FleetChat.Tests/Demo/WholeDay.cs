using FleetChat.LocalHost.Demo;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.Demo;

/// <summary>A fleet's whole day, played once, with the host in a process of its own.</summary>
public sealed class WholeDay : IAsyncLifetime
{
    public const string Collection = "whole day";

    internal Evidence Evidence { get; private set; } = null!;

    internal IReadOnlyList<string> Unexplained { get; private set; } = [];

    public async Task InitializeAsync()
    {
        await using var database = await TestDatabase.CreateAsync("whole day");
        var folder = Directory.CreateTempSubdirectory("fleetchat-day-").FullName;
        try
        {
            var settings = TestSettings.Of(database, folder, new("http://127.0.0.1"));
            await using var simulators = await DemoSimulators.StartAsync(settings.Url);
            await using var host = new ChildProcessHost(folder);
            Evidence = await FleetDay.Whole(host, settings, simulators, Story.Untold()).PlayAsync(CancellationToken.None);
            Unexplained = await Demo.Unexplained.ListAsync(settings);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;
}

[CollectionDefinition(WholeDay.Collection)]
public sealed class WholeDayTests : ICollectionFixture<WholeDay>;
