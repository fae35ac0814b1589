using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FleetChat.LocalHost.Hosting;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;
using FleetChat.Tests.Security;

namespace FleetChat.Tests.LocalHost.Doctor;

/// <summary>Ports and addresses, with real listeners.</summary>
public sealed class WebDoctorTests : IAsyncLifetime
{
    private readonly Patient _patient = Patient.WithoutDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _patient.DisposeAsync().AsTask();

    [Theory]
    [InlineData("ports.host", 0)]
    [InlineData("ports.samsara", 1)]
    [InlineData("ports.whatsapp", 2)]
    [InlineData("ports.stripe", 3)]
    public async Task Port_that_another_program_has_is_found(string check, int place)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var refusing = Task.Run(() => RefuseAllAsync(listener));

        await _patient.AssertProblemAsync(check, string.Create(CultureInfo.InvariantCulture, $"another program listens on {port}"), e => e with { Port = port - place });

        listener.Stop();
        await refusing;
    }

    [Fact]
    public async Task FleetChat_of_another_folder_on_the_port_is_found()
    {
        await using var host = await ApiHost.StartAsync("doctor");

        await _patient.AssertWarningAsync("ports.host", "FleetChat of another folder", e => e with { Port = host.Address.Port });
    }

    // Below the ports that the system gives to whoever asks for one: other tests do, all the time.
    [Theory]
    [InlineData("ports.host")]
    [InlineData("ports.samsara")]
    [InlineData("ports.whatsapp")]
    [InlineData("ports.stripe")]
    public Task Part_of_a_running_FleetChat_that_does_not_listen_is_found(string check)
        => _patient.AssertProblemAsync(check, "nobody listens", e => e with { Installation = e.Installation with { Host = new($"http://127.0.0.1:{FreePorts.First()}") } });

    [Theory]
    [InlineData("web.live")]
    [InlineData("web.ready")]
    [InlineData("outside.samsara")]
    [InlineData("outside.whatsapp")]
    public Task Address_that_does_not_answer_is_found(string check)
        => _patient.AssertProblemAsync(check, "127.0.0.1", e => e with { Installation = e.Installation with { Host = LocalHostSettings.FreeUrl() } });

    [Fact]
    public async Task Real_services_are_named_with_their_answer()
    {
        await using var graph = await WhatsAppSimulator.StartAsync(new());
        Set(graph.Address);
        await _patient.AssertFineAsync("outside.whatsapp");

        Set(LocalHostSettings.FreeUrl());
        await _patient.AssertProblemAsync("outside.whatsapp", "credentials; ");
    }

    private void Set(Uri graph) => _patient.Write("local.settings.json", $$"""{ "Values": { "FleetChat__WhatsApp__GraphBaseUrl": "{{graph}}" } }""");

    // Another program closes what it does not understand.
    private static async Task RefuseAllAsync(TcpListener listener)
    {
        try
        {
            while (true) (await listener.AcceptTcpClientAsync()).Dispose();
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }
}
