using FleetChat.LocalHost.Doctor;
using FleetChat.Tests.Conventions;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>local.settings.json and host.json, as people write them.</summary>
public sealed class SettingDoctorTests : IAsyncLifetime
{
    private readonly Patient _patient = Patient.WithoutDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [Fact]
    public async Task File_that_is_no_JSON_is_found()
    {
        _patient.Write("local.settings.json", """{ "Values": { "a": """);

        await _patient.AssertProblemAsync("settings.file", "can't be read");
    }

    [Fact]
    public async Task File_without_values_is_found()
    {
        _patient.Write("local.settings.json", """{ "values": { } }""");

        await _patient.AssertProblemAsync("settings.file", "has no object \"Values\"");
    }

    [Fact]
    public async Task Setting_that_is_spelt_wrongly_is_found_with_the_one_that_was_meant()
    {
        Set("""{ "FleetChat__Postgres__Ap": "x" }""");

        await _patient.AssertWarningAsync("settings.unknown", "FleetChat:Postgres:Ap (meant: FleetChat:Postgres:App?)");
    }

    [Fact]
    public async Task Missing_setting_is_found()
    {
        Set("""{ "FleetChat__Environment": "test" }""");

        await _patient.AssertProblemAsync("settings.missing", "FleetChat:WhatsApp:AppSecret");
        await _patient.AssertFineAsync("settings.invalid");
    }

    [Theory]
    [InlineData("""{ "FleetChat__RequestRate__PerSecond": "many" }""", "many")]
    [InlineData("""{ "FleetChat__RequestRate__PerSecond": "0" }""", "FleetChat:RequestRate:PerSecond")]
    [InlineData("""{ "FleetChat__WhatsApp__AppSecret": "short" }""", "FleetChat:WhatsApp:AppSecret")]
    public async Task Setting_that_is_not_valid_is_found(string settings, string found)
    {
        Set(settings);

        await _patient.AssertProblemAsync("settings.invalid", found);
    }

    [Fact]
    public async Task Sample_that_was_only_copied_is_found()
    {
        _patient.Write("local.settings.json", Sources.Read("local.settings.sample.json"));

        await _patient.AssertFineAsync("settings.file");
        await _patient.AssertFineAsync("settings.unknown");
        await _patient.AssertProblemAsync("settings.placeholders", "FleetChat:Postgres:App");
    }

    [Fact]
    public async Task Login_that_row_level_security_does_not_bind_is_found()
    {
        await using var other = await Patient.WithDatabaseAsync();
        Set($$"""{ "FleetChat__Postgres__App": "{{other.Database.Admin}};Pooling=false", "FleetChat__Postgres__System": "{{other.Database.Logins.System}};Pooling=false" }""");

        await _patient.AssertProblemAsync("settings.logins", "a superuser");
    }

    [Fact]
    public async Task Host_json_that_is_not_there_or_says_too_little_is_found()
    {
        await _patient.AssertProblemAsync("host_json.file", "can't be read");

        _patient.Write("host.json", """{ "extensions": { } }""");
        await _patient.AssertProblemAsync("host_json.file", "\"version\": \"2.0\"");

        _patient.Write("host.json", Sources.Read("host.json"));
        foreach (var check in new[] { "host_json.file", "host_json.values", "host_json.routes" }) await _patient.AssertFineAsync(check);
    }

    [Theory]
    [InlineData("\"batchSize\": 64", "batchSize is 64, and must be a number from 1 to 32")]
    [InlineData("\"maxPollingInterval\": \"soon\"", "maxPollingInterval is soon")]
    [InlineData("\"visibilityTimeout\": \"8.00:00:00\"", "visibilityTimeout")]
    [InlineData("\"maxDequeues\": 5", "nobody reads maxDequeues")]
    public async Task Value_that_the_host_does_not_take_is_found(string setting, string found)
    {
        _patient.Write("host.json", $$"""{ "version": "2.0", "extensions": { "queues": { {{setting}} } } }""");

        await _patient.AssertProblemAsync("host_json.values", found);
    }

    [Fact]
    public async Task Routes_that_webhooks_do_not_know_are_found()
    {
        _patient.Write("host.json", """{ "version": "2.0", "extensions": { "queues": { } } }""");

        await _patient.AssertProblemAsync("host_json.routes", "'api/'");
    }

    [Theory]
    [InlineData("", "not set")]
    [InlineData("fleetchat.example", "is no address")]
    [InlineData("http://fleetchat.example", "is not https")]
    public async Task Public_address_that_senders_refuse_is_found(string address, string found)
    {
        Set($$"""{ "FleetChat__Environment": "test", "FleetChat__PublicBaseUrl": "{{address}}" }""");

        await _patient.AssertProblemAsync("web.public_url", found);
    }

    private void Set(string values) => _patient.Write("local.settings.json", $$"""{ "Values": {{values}} }""");
}
