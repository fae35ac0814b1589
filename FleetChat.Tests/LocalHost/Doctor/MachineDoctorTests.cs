using System.Globalization;
using FleetChat.Core.Security;
using FleetChat.LocalHost.Doctor;
using FleetChat.LocalHost.Postgres;
using FleetChat.Tests.Postgres;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>The machine, the disk and the master key: no database is needed.</summary>
public sealed class MachineDoctorTests : IAsyncLifetime
{
    private readonly Patient _patient = Patient.WithoutDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [Fact]
    public Task Runtime_that_is_too_old_is_found() => _patient.AssertProblemAsync("machine.runtime", ".NET", e => e with { Limits = new() { Runtime = new(999, 0) } });

    [Fact]
    public Task Little_memory_is_found() => _patient.AssertWarningAsync("machine.memory", "of memory free", e => e with { Limits = new() { FreeMemory = long.MaxValue } });

    [LinuxFact]
    public Task Low_limit_of_open_files_is_found() => _patient.AssertWarningAsync("machine.open_files", "files", e => e with { Limits = new() { OpenFiles = int.MaxValue } });

    // The version that made a folder is the only one that opens it.
    [Fact]
    public async Task Folder_of_a_Postgres_that_is_not_installed_is_found()
    {
        var data = PostgresCluster.DataFolderIn(Path.Combine(_patient.Folder, "postgres"));
        Directory.CreateDirectory(data);
        await File.WriteAllTextAsync(Path.Combine(data, "PG_VERSION"), 99.ToString(CultureInfo.InvariantCulture));

        await _patient.AssertProblemAsync("postgres.programs", "PostgreSQL 99");
    }

    [Fact]
    public Task Full_disk_of_the_data_is_found() => _patient.AssertProblemAsync("disk.data", "free at", e => e with { Limits = new() { FreeForData = long.MaxValue } });

    [Fact]
    public Task Full_temporary_disk_is_found() => _patient.AssertWarningAsync("disk.temp", "free at", e => e with { Limits = new() { FreeForTemp = long.MaxValue } });

    [Fact]
    public Task Temporary_folder_that_is_not_there_is_found()
        => _patient.AssertProblemAsync("disk.temp_writable", "nothing can be written", e => e with { TempFolder = Path.Combine(_patient.Folder, "nowhere") });

    [Fact]
    public async Task Master_key_that_is_damaged_or_gone_is_found()
    {
        await DataKeys.EnsureMasterKeyAsync(new FolderSecretStore(_patient.SecretsFolder), default);
        await _patient.AssertFineAsync("keys.master");

        var key = Path.Combine(_patient.SecretsFolder, "fleetchat-master-key");
        await File.WriteAllBytesAsync(key, new byte[7]);
        await _patient.AssertProblemAsync("keys.master", "no master key of 32 bytes");

        File.Delete(key);
        await _patient.AssertProblemAsync("keys.master", "no master key of 32 bytes");
    }

    [Fact]
    public async Task Nothing_installed_is_found_with_what_to_type()
    {
        await _patient.AssertProblemAsync("postgres.reachable", "there is no FleetChat in");

        Assert.Contains($"-- up --data {_patient.Folder}", (await _patient.LookAsync("postgres.reachable")).WhatToDo, StringComparison.Ordinal);
        Assert.Equal(Severity.Skipped, (await _patient.LookAsync("queues.poison")).Severity);
    }

    [Fact]
    public async Task Stopped_cluster_is_found_and_left_alone()
    {
        using var folder = new ReachableFolder();
        await (await PostgresCluster.OpenAsync(Path.Combine(folder.Path, "postgres"), default)).DisposeAsync();

        var examined = await Examined.FindAsync(folder.Path, port: null, default);
        var finding = await Examination.LookAsync("postgres.reachable", examined, default);

        // With a server that the administrator names, it is that one which is looked at.
        if (!examined.Installation.IsPrivate) return;
        Assert.Equal((Severity.Problem, "FleetChat is stopped"), (finding.Severity, finding.Found));
        Assert.False(File.Exists(Path.Combine(PostgresCluster.DataFolderIn(examined.Installation.ClusterFolder), "postmaster.pid")));
    }

    [Fact]
    public Task Server_that_does_not_answer_is_found() => _patient.AssertProblemAsync(
        "postgres.reachable", "does not answer", e => e with { Installation = e.Installation with { Admin = "Host=127.0.0.1;Port=1;Username=nobody;Password=none", IsPrivate = false } });

    [Fact]
    public Task Server_reached_without_encryption_is_found() => _patient.AssertWarningAsync(
        "postgres.transport", "SSL Mode Prefer", e => e with { Installation = e.Installation with { Admin = "Host=192.0.2.1;Timeout=1;Username=nobody;Password=none;SSL Mode=Prefer", IsPrivate = false } });
}
