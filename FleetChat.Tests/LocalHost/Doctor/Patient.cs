using FleetChat.Core.Security;
using FleetChat.LocalHost.Doctor;
using FleetChat.LocalHost.Hosting;
using FleetChat.LocalRuntime.Hosting;
using FleetChat.Tests.Postgres;
using Npgsql;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>An installation that a test gives an ailment: a folder of its own, and a database of its own if it wants one.</summary>
internal sealed class Patient : IAsyncDisposable
{
    private readonly TestDatabase? _database;

    private Patient(TestDatabase? database) => _database = database;

    public string Folder { get; } = Directory.CreateTempSubdirectory("fleetchat-doctor-").FullName;

    public TestDatabase Database => _database ?? throw new InvalidOperationException("This patient has no database.");

    /// <summary>Of its secrets; made, and its owner's alone.</summary>
    public string SecretsFolder
    {
        get
        {
            // Each makes its own folder as its owner's alone.
            _ = new FolderSecretStore(Installation.OwnIn(Folder));
            _ = new FolderSecretStore(Installation.SecretsIn(Installation.OwnIn(Folder)));
            return Installation.SecretsIn(Installation.OwnIn(Folder));
        }
    }

    public static Patient WithoutDatabase() => new(database: null);

    /// <summary>With FleetChat's tables.</summary>
    public static async Task<Patient> WithDatabaseAsync() => new(await TestDatabase.CreateAsync("doctor"));

    /// <summary>With LocalRuntime's tables too, as after a host's first start.</summary>
    public static async Task<Patient> WithRuntimeAsync()
    {
        var patient = await WithDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(patient.Database.Logins.LocalRuntime) { Pooling = false });
        await LocalSchema.UpgradeAsync(source, default);
        return patient;
    }

    public Task ExecuteAsync(string sql, params NpgsqlParameter[] parameters) => Database.ExecuteAsAdminAsync(sql, parameters);

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    public async Task<Finding> LookAsync(string check, Func<Examined, Examined>? change = null)
    {
        var examined = new Examined { Installation = new(Folder, _database?.Admin, IsPrivate: _database is null, Host: null) { Database = _database?.Name ?? "none" }, ContentRoot = Folder };
        examined = await Examined.OfAsync((change ?? (e => e))(examined), default);
        await using var views = examined.Views;
        return await Examination.LookAsync(check, examined, default);
    }

    public async Task AssertFineAsync(string check, Func<Examined, Examined>? change = null) => Assert.Equal(Severity.Fine, (await LookAsync(check, change)).Severity);

    public Task AssertProblemAsync(string check, string found, Func<Examined, Examined>? change = null) => AssertFindsAsync(Severity.Problem, check, found, change);

    public Task AssertWarningAsync(string check, string found, Func<Examined, Examined>? change = null) => AssertFindsAsync(Severity.Warning, check, found, change);

    public async ValueTask DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task AssertFindsAsync(Severity severity, string check, string found, Func<Examined, Examined>? change)
    {
        var finding = await LookAsync(check, change);
        Assert.Contains(found, finding.Found, StringComparison.Ordinal);
        Assert.Equal(severity, finding.Severity);
        Assert.False(string.IsNullOrWhiteSpace(finding.Means) || string.IsNullOrWhiteSpace(finding.WhatToDo), $"{check} does not say what its finding means and what to do");
    }
}
