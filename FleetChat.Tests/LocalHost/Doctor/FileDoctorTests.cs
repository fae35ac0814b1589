using System.Runtime.Versioning;
using FleetChat.LocalHost.Postgres;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>Who may read what an installation keeps.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FileDoctorTests : IAsyncLifetime
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly Patient _patient = Patient.WithoutDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [LinuxFact]
    public async Task Folder_that_others_may_enter_is_found()
    {
        var secrets = _patient.SecretsFolder;
        await _patient.AssertFineAsync("files.folders");

        File.SetUnixFileMode(secrets, File.GetUnixFileMode(secrets) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

        await _patient.AssertProblemAsync("files.folders", secrets);
    }

    [LinuxFact]
    public async Task Folder_that_others_may_write_to_is_found()
    {
        File.SetUnixFileMode(_patient.Folder, File.GetUnixFileMode(_patient.Folder) | UnixFileMode.OtherWrite);

        await _patient.AssertProblemAsync("files.folders", _patient.Folder);
    }

    [LinuxFact]
    public async Task Secret_that_others_may_read_is_found()
    {
        var secret = await WriteAsync(Path.Combine(_patient.SecretsFolder, "tenant-key-1"));
        await _patient.AssertFineAsync("files.secrets");

        File.SetUnixFileMode(secret, Private | UnixFileMode.GroupRead);

        await _patient.AssertProblemAsync("files.secrets", secret);
    }

    [LinuxFact]
    public async Task Superusers_password_that_others_may_read_is_found()
    {
        Directory.CreateDirectory(Path.Combine(_patient.Folder, "postgres"));
        var password = await WriteAsync(PostgresCluster.PasswordFileIn(Path.Combine(_patient.Folder, "postgres")));
        await _patient.AssertFineAsync("files.password");

        File.SetUnixFileMode(password, Private | UnixFileMode.OtherRead);

        await _patient.AssertProblemAsync("files.password", password);
    }

    [LinuxFact]
    public async Task Settings_that_others_may_read_are_found()
    {
        var settings = await WriteAsync(Path.Combine(_patient.Folder, "local.settings.json"));
        await _patient.AssertFineAsync("files.settings");

        File.SetUnixFileMode(settings, Private | UnixFileMode.OtherRead);

        await _patient.AssertWarningAsync("files.settings", settings);
    }

    private static async Task<string> WriteAsync(string file)
    {
        await File.WriteAllTextAsync(file, "{}");
        File.SetUnixFileMode(file, Private);
        return file;
    }
}
