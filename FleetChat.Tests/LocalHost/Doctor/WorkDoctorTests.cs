using FleetChat.Core.Inbox;
using FleetChat.Core.Messaging.Pauses;
using FleetChat.Core.Monitoring;
using FleetChat.Core.Restores;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>Events and messages that rest, and keys that open nothing.</summary>
public sealed class WorkDoctorTests : IAsyncLifetime
{
    private Patient _patient = null!;
    private TestFleet _fleet = null!;
    private TestCompany _company = null!;

    public async Task InitializeAsync()
    {
        _patient = await Patient.WithDatabaseAsync();
        _fleet = await TestFleet.StartAsync(_patient.Database);
        _company = await _fleet.AddCompanyAsync();
    }

    public async Task DisposeAsync()
    {
        await _fleet.DisposeAsync();
        await _patient.DisposeAsync();
    }

    [Fact]
    public async Task Event_that_nobody_processes_is_found()
    {
        await _patient.AssertFineAsync("inbox.late");

        await ReceiveAsync();

        await _patient.AssertWarningAsync("inbox.late", $"{_company.Id} 1 since");
    }

    [Fact]
    public async Task Event_that_was_put_aside_is_found()
    {
        await ReceiveAsync();

        await _patient.ExecuteAsync("update fleet.inbox set status = 'parked', attempts = 5");

        await _patient.AssertWarningAsync("inbox.parked", $"{_company.Id} 1 since");
        await _patient.AssertFineAsync("inbox.late");
    }

    [Fact]
    public async Task Flag_that_nobody_takes_down_is_found()
    {
        await ReceiveAsync();
        await _patient.AssertFineAsync("lanes.forgotten");

        await _patient.ExecuteAsync("update fleet.lanes set nudged_at = now() - interval '1 hour'");

        await _patient.AssertWarningAsync("lanes.forgotten", $"{_company.Id} process");
    }

    [Fact]
    public async Task Message_that_nobody_sends_is_found()
    {
        var nudge = Assert.Single(await ReceiveAsync());
        await _fleet.Get<ProcessLane>().HandleAsync(nudge, default);

        await _patient.AssertWarningAsync("outbox.late", $"{_company.Id} 1 since");
    }

    [Fact]
    public async Task Alert_about_the_platform_is_found()
    {
        await _patient.AssertFineAsync("alerts.platform");

        await Alerts.RaiseForPlatformAsync(_fleet.Get<FleetChat.Core.Data.SystemDb>(), _fleet.Clock, [(AlertCodes.InboxUnknownNumber, "1")], Alerts.Warning, default);

        await _patient.AssertWarningAsync("alerts.platform", "inbox.unknown_number (1, last 2026-03-02");
    }

    [Fact]
    public async Task Restore_that_is_open_is_found_and_its_pause_is_told_with_it()
    {
        await _patient.AssertFineAsync("sending.restore");

        Assert.True((await _fleet.Get<BeginRestore>().HandleAsync(new(_fleet.Clock.GetUtcNow(), null, "test", WithoutAnchors: true), default)).IsOk);

        await _patient.AssertWarningAsync("sending.restore", "a restore to 2026-03-02");
        await _patient.AssertFineAsync("sending.paused");
        await _fleet.Get<EndRestore>().HandleAsync(new(Anyway: true, "test"), default);
        await _patient.AssertFineAsync("sending.restore");
    }

    [Fact]
    public async Task Pause_of_the_platform_that_nobody_has_ended_is_found()
    {
        await _patient.AssertFineAsync("sending.paused");

        var pause = await _fleet.Get<PlatformPauses>().PauseAsync(new(Pause.OfPlatform, Reason: "maintenance"), "test", default);

        await _patient.AssertWarningAsync("sending.paused", "everybody since 2026-03-02");
        await _fleet.Get<PlatformPauses>().EndAsync(pause.Value.Id, "test", default);
        await _patient.AssertFineAsync("sending.paused");
    }

    // As after a restore of one and not the other.
    [Fact]
    public async Task Companys_key_that_the_master_key_does_not_open_is_found()
    {
        var keys = _fleet.Get<FleetChat.Core.Security.ISecretStore>();
        var name = await _patient.Database.ScalarAsAdminAsync<string>("select key_secret_name from fleet.tenants");
        foreach (var secret in new[] { name, "fleetchat-master-key" })
            await File.WriteAllBytesAsync(Path.Combine(_patient.SecretsFolder, secret), (await keys.FindAsync(secret, default))!);
        await _patient.AssertFineAsync("keys.companies");

        await File.WriteAllBytesAsync(Path.Combine(_patient.SecretsFolder, "fleetchat-master-key"), new byte[32]);

        await _patient.AssertProblemAsync("keys.companies", $"can't be opened: {_company.Id}");
    }

    private async Task<IReadOnlyList<Nudge>> ReceiveAsync()
    {
        await _fleet.AddDriverAsync(_company, "53207939", "+15550001111");
        return (await _fleet.FromSamsaraAsync(_company, Payloads.StopArrival(_company, "53207939"))).Nudges;
    }
}
